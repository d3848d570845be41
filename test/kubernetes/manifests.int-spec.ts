import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadApiConfig } from '../../apps/api/src/api.config.js';
import { loadScalerConfig } from '../../apps/scaler/src/scaler.config.js';
import { loadWorkerConfig } from '../../apps/worker/src/worker.config.js';
import { ENVIRONMENT } from '#common/config/environment.js';
import { isBuiltIn, typeProblems } from '../support/kubernetes/check-types.js';
import { podMonitor, scaledObject } from '../support/kubernetes/custom-kinds.js';
import { hasKubectl, renderOverlays } from '../support/kubernetes/kustomize.js';
import {
  type Manifest,
  type Workload,
  environmentOf,
  labelsOf,
  onlyContainerOf,
  workloadsOf,
} from '../support/kubernetes/manifest.js';
import { selects } from '../support/kubernetes/policies.js';
import { componentOf, probesOf, valueOf } from '../support/kubernetes/workload-values.js';

const OVERLAYS = ['keda', 'native-driver', 'local'];
/** What a process does at most after SIGTERM: libs/common/src/lifecycle/run-process.ts. */
const STOP_S_MAX = 40;
const LOADERS = { api: loadApiConfig, worker: loadWorkerConfig, scaler: loadScalerConfig };
const whenKubectl = hasKubectl() ? describe : describe.skip;

whenKubectl('the manifests', () => {
  let overlays: ReadonlyMap<string, readonly Manifest[]>;
  let directory = '';

  beforeAll(() => {
    overlays = renderOverlays(OVERLAYS);
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-manifests-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  const all = (): Manifest[] => [...overlays.values()].flat();
  /** Each workload with the overlay that it is in. */
  const everyWorkload = (): { workload: Workload; manifests: readonly Manifest[]; title: string }[] =>
    [...overlays].flatMap(([overlay, manifests]) =>
      workloadsOf(manifests).map((workload) => ({
        workload,
        manifests,
        title: `${overlay}: ${workload.metadata.name}`,
      })),
    );
  const ours = () => everyWorkload().filter(({ workload }) => Object.hasOwn(LOADERS, componentOf(workload)));

  it('have only fields that Kubernetes knows, of the types that it knows', () => {
    const unique = new Map(
      all()
        .filter(isBuiltIn)
        .map((manifest) => [JSON.stringify(manifest), manifest]),
    );
    expect(unique.size).toBeGreaterThan(30);
    expect(typeProblems([...unique.values()])).toEqual([]);
  });

  it('would not have a field that Kubernetes does not know, or one of another type', () => {
    const [deployment] = all().filter(({ kind }) => kind === 'Deployment');
    if (deployment === undefined) throw new Error('no Deployment');
    expect(typeProblems([{ ...deployment, spec: { ...deployment.spec, replica: 1 } }])).toEqual([
      expect.stringContaining("does not exist in type 'DeploymentSpec'"),
    ]);
    expect(typeProblems([{ ...deployment, spec: { ...deployment.spec, replicas: '1' } }])).toHaveLength(1);
  });

  it('have only fields of KEDA and of the Prometheus operator that we have looked up', () => {
    const kinds = { ScaledObject: scaledObject, PodMonitor: podMonitor };
    const custom = all().filter((manifest) => !isBuiltIn(manifest));
    expect([...new Set(custom.map(({ kind }) => kind))].sort()).toEqual(Object.keys(kinds).sort());
    for (const manifest of custom) kinds[manifest.kind as keyof typeof kinds].parse(manifest);
  });

  it('give every process a configuration with which it starts, and no key that nobody reads', () => {
    for (const { workload, manifests } of ours()) {
      const file = path.join(directory, 'sluice.config.yaml');
      const config = manifests.find(({ metadata }) => metadata.name.startsWith('sluice-config-'));
      writeFileSync(file, config?.data?.['sluice.config.yaml'] ?? '');
      const environment = environmentOf(workload, manifests);
      expect(environment.get('SLUICE_CONFIG')?.value).toBe('/etc/sluice/sluice.config.yaml');
      const unread = [...environment.keys()].filter((name) => !Object.hasOwn(ENVIRONMENT, name));
      expect(unread).toEqual([]);
      const values = [...environment.values()].map((one) => [one.name, valueOf(one, workload)] as const);
      const load = LOADERS[componentOf(workload) as keyof typeof LOADERS];
      expect(() => load({ ...Object.fromEntries(values), SLUICE_CONFIG: file })).not.toThrow();
    }
  });

  it('hold no secret: every one is a reference', () => {
    const secret = Object.entries(ENVIRONMENT).filter(
      ([name, key]) => 'isSecret' in key || name.endsWith('_URL'),
    );
    const names = secret.map(([name]) => name).filter((name) => name !== 'OPENAI_BASE_URL');
    for (const { workload, manifests } of everyWorkload()) {
      for (const [name, { value, valueFrom }] of environmentOf(workload, manifests)) {
        if (!names.includes(name) && !name.endsWith('PASSWORD')) continue;
        expect(value).toBeUndefined();
        expect(valueFrom?.secretKeyRef?.name).toMatch(/^sluice-secrets/);
      }
    }
  });

  it('probe and serve the port on which the process listens', () => {
    for (const { workload, manifests } of ours()) {
      const container = onlyContainerOf(workload);
      const environment = environmentOf(workload, manifests);
      const listens = environment.get('PORT') ?? environment.get('METRICS_PORT');
      const [port] = container.ports ?? [];
      expect(String(port?.containerPort)).toBe(listens?.value);
      for (const probe of probesOf(workload)) expect(probe.httpGet?.port).toBe(port?.name);
    }
    for (const { kind, metadata, spec } of all()) {
      if (kind !== 'Service') continue;
      const { selector, ports } = spec as {
        selector: Record<string, string>;
        ports: { targetPort: string }[];
      };
      const behind = everyWorkload().filter(({ workload }) =>
        selects({ matchLabels: selector }, labelsOf(workload)),
      );
      expect([metadata.name, behind.length]).not.toEqual([metadata.name, 0]);
      const named = behind.flatMap(({ workload }) =>
        (onlyContainerOf(workload).ports ?? []).map(({ name }) => name),
      );
      for (const { targetPort } of ports) expect(named).toContain(targetPort);
    }
  });

  it('select by labels that the pods have, each pod by one Deployment and one budget', () => {
    for (const [, manifests] of overlays) {
      const workloads = workloadsOf(manifests).filter(({ kind }) => kind === 'Deployment');
      const budgets = manifests.filter(({ kind }) => kind === 'PodDisruptionBudget');
      for (const workload of workloads) {
        const labels = labelsOf(workload);
        const selecting = (some: readonly Manifest[]): string[] =>
          some
            .filter(({ spec }) => selects(spec?.['selector'] as never, labels))
            .map(({ metadata }) => metadata.name);
        expect(selecting(workloads)).toEqual([workload.metadata.name]);
        expect(selecting(budgets)).toEqual([workload.metadata.name]);
        const spread = workload.spec.template.spec.topologySpreadConstraints ?? [];
        expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
          'topology.kubernetes.io/zone',
          'kubernetes.io/hostname',
        ]);
        for (const { labelSelector } of spread) {
          expect(workloads.filter((one) => selects(labelSelector, labelsOf(one)))).toEqual([workload]);
        }
      }
    }
  });

  it('give every container as much as it needs, and nothing that it could do harm with', () => {
    for (const { workload } of everyWorkload()) {
      const { resources, securityContext } = onlyContainerOf(workload);
      const pod = workload.spec.template.spec;
      expect(resources?.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
      expect(resources?.limits).toMatchObject({ memory: expect.any(String) });
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.enableServiceLinks).toBe(false);
    }
  });

  it('ask every process that goes on whether it started, lives and is ready', () => {
    for (const { workload } of everyWorkload()) {
      if (workload.kind !== 'Job') expect(probesOf(workload)).toHaveLength(3);
    }
    for (const { workload } of ours()) {
      const { startupProbe, livenessProbe, readinessProbe } = onlyContainerOf(workload);
      const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet?.path);
      expect(paths).toEqual(['/health/liveness', '/health/liveness', '/health/readiness']);
    }
  });

  it('give every process the time that it takes to stop', () => {
    for (const { workload } of ours()) {
      const preStopS = Number(onlyContainerOf(workload).lifecycle?.preStop?.exec?.command?.[1] ?? 0);
      const graceS = workload.spec.template.spec.terminationGracePeriodSeconds ?? 0;
      expect(graceS).toBeGreaterThanOrEqual(STOP_S_MAX + preStopS);
    }
  });

  it('show the API server to nobody but the scaler that sets the number of workers', () => {
    for (const { workload, title } of everyWorkload()) {
      const isAllowed = workload.spec.template.spec.automountServiceAccountToken === true;
      expect([title, isAllowed]).toEqual([
        title,
        /^(native-driver|local|everything): sluice-scaler$/.test(title),
      ]);
    }
  });

  it('leave the number of workers to whoever scales them', () => {
    for (const { workload } of ours()) {
      const isScaled = labelsOf(workload)['sluice.role'] === 'generate';
      expect('replicas' in workload.spec).toBe(!isScaled);
    }
  });

  it('have KEDA ask the scaler that observes, for a pool and within the bounds of the configuration', () => {
    const manifests = overlays.get('keda') ?? [];
    const scaler = workloadsOf(manifests).find(({ metadata }) => metadata.name === 'sluice-scaler');
    if (scaler === undefined) throw new Error('no scaler');
    expect(environmentOf(scaler, manifests).get('SCALER_MODE')?.value).toBe('observe');
    const objects = manifests
      .filter(({ kind }) => kind === 'ScaledObject')
      .map((one) => scaledObject.parse(one));
    expect(objects).toHaveLength(1);
    for (const { spec } of objects) {
      const workers = workloadsOf(manifests).find(
        ({ metadata }) => metadata.name === spec.scaleTargetRef.name,
      );
      const pool = workers === undefined ? '' : (labelsOf(workers)['sluice.pool'] ?? '');
      const url = `http://sluice-scaler.sluice.svc:9100/scaler/${pool}`;
      expect(spec.triggers.map(({ metadata }) => metadata)).toEqual([
        { url, valueLocation: 'desired', targetValue: '1' },
      ]);
      const config = manifests.find(({ metadata }) => metadata.name.startsWith('sluice-config-'));
      expect(config?.data?.['sluice.config.yaml']).toContain(
        `scaling: { min: ${spec.minReplicaCount}, max: ${spec.maxReplicaCount} }`,
      );
    }
  });
});
