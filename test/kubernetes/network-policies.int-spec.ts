import { beforeAll, describe, expect, it } from '@jest/globals';
import { hasKubectl, renderOverlays } from '../support/kubernetes/kustomize.js';
import { type Manifest, labelsOf, onlyContainerOf, workloadsOf } from '../support/kubernetes/manifest.js';
import { type PlacedPod, type Side, isAllowed } from '../support/kubernetes/policies.js';

const HOME = { 'kubernetes.io/metadata.name': 'sluice' };
const namespace = (name: string, more: Record<string, string> = {}) => ({
  'kubernetes.io/metadata.name': name,
  ...more,
});
const pod = (place: PlacedPod['namespace'], labels: PlacedPod['labels'] = {}): Side => ({
  pod: { labels, namespace: place, ports: {} },
});

const MANAGED = { address: '10.20.0.5' };
const INTERNET = { address: '203.0.113.9' };
const INTERNET_6 = { address: '2606:4700::1' };
const METADATA = { address: '169.254.169.254' };
const PLATFORM = { address: '168.63.129.16' };
const NAT64 = { address: '64:ff9b::a00:5' };
const NAMES = pod(namespace('kube-system'), { 'k8s-app': 'kube-dns' });
const INGRESS = pod(namespace('ingress-nginx', { 'sluice.callers': 'true' }));
const PROMETHEUS = pod(namespace('monitoring', { 'sluice.monitoring': 'true' }));
const MODEL = pod(namespace('models', { 'sluice.backends': 'true' }));
const KEDA = pod(namespace('keda'));
const STRANGER = pod(namespace('elsewhere'));
const NEIGHBOUR = pod(HOME, { app: 'neighbour' });

const EVERYBODY = ['sluice-api', 'sluice-worker-default', 'sluice-tell', 'sluice-scaler'];
const whenKubectl = hasKubectl() ? describe : describe.skip;

whenKubectl('the network policies', () => {
  let overlays: ReadonlyMap<string, readonly Manifest[]>;

  beforeAll(() => {
    overlays = renderOverlays(['keda', 'native-driver', 'local']);
  });

  function placed(overlay: string, name: string): PlacedPod {
    const workload = workloadsOf(overlays.get(overlay) ?? []).find(({ metadata }) => metadata.name === name);
    if (workload === undefined) throw new Error(`no ${name} in ${overlay}`);
    const ports = (onlyContainerOf(workload).ports ?? []).map((port) => [
      port.name ?? '',
      port.containerPort,
    ]);
    return {
      labels: labelsOf(workload),
      namespace: HOME,
      ports: Object.fromEntries(ports) as PlacedPod['ports'],
    };
  }

  /** Which of all processes may go there. */
  const goTo = (overlay: string, side: Side, port: number): string[] =>
    EVERYBODY.filter((name) =>
      isAllowed('Egress', overlays.get(overlay) ?? [], placed(overlay, name), { side, port }),
    );

  /** Which of them it may call. */
  const comeFrom = (overlay: string, side: Side, port: number): string[] =>
    EVERYBODY.filter((name) =>
      isAllowed('Ingress', overlays.get(overlay) ?? [], placed(overlay, name), { side, port }),
    );

  it.each<[string, Side, number, string[]]>([
    ['look names up', NAMES, 53, EVERYBODY],
    ['call a managed Redis', MANAGED, 6379, EVERYBODY],
    ['call a managed Redis with TLS', MANAGED, 6380, EVERYBODY],
    ['call a managed PostgreSQL', MANAGED, 5432, ['sluice-api', 'sluice-tell', 'sluice-scaler']],
    ['call backends and receivers of webhooks', INTERNET, 443, ['sluice-worker-default', 'sluice-tell']],
    ['call those that listen on another port', INTERNET, 8443, ['sluice-worker-default', 'sluice-tell']],
    ['call those with an IPv6 address', INTERNET_6, 8443, ['sluice-worker-default', 'sluice-tell']],
    ['call a backend in the private network', MANAGED, 8000, []],
    ['call a backend in the cluster', MODEL, 8000, ['sluice-worker-default', 'sluice-tell']],
    ['send traces', PROMETHEUS, 4318, EVERYBODY],
    ['ask the cloud’s metadata', METADATA, 80, []],
    ['ask the cloud’s machine', PLATFORM, 80, []],
    ['call a private address in an IPv6 one', NAT64, 443, []],
    ['call what else is in the private network', MANAGED, 22, []],
    ['call what else is in the cluster', STRANGER, 80, []],
  ])('let these %s', (_, side, port, who) => {
    expect(goTo('keda', side, port)).toEqual(who);
  });

  it('let the scaler alone call the API server, where it sets the number of workers', () => {
    for (const port of [443, 6443, 8443, 16443]) {
      expect([port, ...goTo('native-driver', MANAGED, port)]).toEqual([port, 'sluice-scaler']);
    }
    expect(goTo('keda', MANAGED, 6443)).toEqual([]);
  });

  it.each<[string, Side, number, string[]]>([
    ['callers, through their gateway', INGRESS, 8000, ['sluice-api']],
    ['callers who want more', INGRESS, 9100, []],
    [
      'Prometheus and Alertmanager',
      PROMETHEUS,
      9100,
      ['sluice-worker-default', 'sluice-tell', 'sluice-scaler'],
    ],
    ['Prometheus, for the API', PROMETHEUS, 8000, ['sluice-api']],
    ['KEDA', KEDA, 9100, ['sluice-scaler']],
    ['a pod of another namespace', STRANGER, 8000, []],
    ['a pod of the same namespace', NEIGHBOUR, 8000, []],
  ])('open these to %s', (_, side, port, whom) => {
    expect(comeFrom('keda', side, port)).toEqual(whom);
  });

  it('let processes reach the stores that are pods, on both sides', () => {
    const manifests = overlays.get('local') ?? [];
    const reach = (store: string, port: number): string[] => {
      const target = placed('local', store);
      return EVERYBODY.filter((name) => {
        const from = placed('local', name);
        return (
          isAllowed('Egress', manifests, from, { side: { pod: target }, port }) &&
          isAllowed('Ingress', manifests, target, { side: { pod: from }, port })
        );
      });
    };
    expect(reach('redis', 6379)).toEqual(EVERYBODY);
    expect(reach('postgres', 5432)).toEqual(['sluice-api', 'sluice-tell', 'sluice-scaler']);
  });
});
