import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BootError } from '#common/errors/boot-error.js';
import type { ClusterAccess } from './cluster-access.js';
import { readKubeconfig } from './kubeconfig.js';

export interface ClusterSource {
  /** Path of a file; it comes before everything else. */
  readonly kubeconfig: string | null;
  /** As Kubernetes tells every pod where its API server is (KUBERNETES_SERVICE_HOST and _PORT). */
  readonly service: { readonly host: string; readonly port: string } | null;
  /** Where a pod finds its service account. */
  readonly mount?: string;
  readonly home?: string;
}

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** As kubectl finds its cluster: the named file, else the pod's service account, else ~/.kube/config. @throws BootError */
export function findCluster({ kubeconfig, service, mount, home }: ClusterSource): ClusterAccess {
  if (kubeconfig !== null) return readKubeconfig(kubeconfig);
  if (service !== null) return ofServiceAccount(service, mount ?? MOUNT);
  const usual = path.join(home ?? os.homedir(), '.kube', 'config');
  if (existsSync(usual)) return readKubeconfig(usual);
  throw new BootError(
    'SCALER_DRIVER=kubernetes finds no cluster: run the scaler in a pod with a service account, or name a file in KUBECONFIG.',
  );
}

function ofServiceAccount(
  { host, port }: { readonly host: string; readonly port: string },
  mount: string,
): ClusterAccess {
  const read = (file: string): string => {
    try {
      return readFileSync(path.join(mount, file), 'utf8').trim();
    } catch (error) {
      const sentence = `The pod has no service account at ${mount}: set automountServiceAccountToken: true, or KUBECONFIG.`;
      throw new BootError(sentence, { cause: error });
    }
  };
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: read('namespace'),
    tls: { ca: read('ca.crt') },
    token: async () => (await readFile(path.join(mount, 'token'), 'utf8')).trim(),
  };
}
