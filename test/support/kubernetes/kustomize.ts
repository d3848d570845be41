import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './manifest.js';

const SECRETS = ['redis-url', 'database-url', 'api-key-secret', 'admin-token'];
const KUSTOMIZATION = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: sluice
resources: [../native-driver]
components: [../../components/migrate, ../../components/podmonitor, ../../components/prometheus]
`;

export const hasKubectl = (): boolean => spawnSync('kubectl', ['version', '--client']).status === 0;

/** What `kubectl apply -k` would send: of each overlay, and of one with all components (`everything`). */
export function renderOverlays(names: readonly string[]): ReadonlyMap<string, readonly Manifest[]> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-kubernetes-'));
  try {
    cpSync('deploy/kubernetes', directory, { recursive: true });
    const secrets = SECRETS.map((key) => `${key}=a-secret-of-16-characters`).join('\n');
    writeFileSync(path.join(directory, 'overlays/local/secrets.env'), secrets);
    mkdirSync(path.join(directory, 'overlays/everything'));
    writeFileSync(path.join(directory, 'overlays/everything/kustomization.yaml'), KUSTOMIZATION);
    return new Map(
      [...names, 'everything'].map((name) => [name, render(path.join(directory, 'overlays', name))]),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function render(directory: string): Manifest[] {
  const text = execFileSync('kubectl', ['kustomize', directory], { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}
