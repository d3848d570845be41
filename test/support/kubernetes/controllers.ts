import { createHash, randomBytes } from 'node:crypto';
import type { Etcd } from './etcd.js';
import type { FakeDeployment, FakePod, FakeReplicaSet, Metadata } from './objects.js';

const COST = 'controller.kubernetes.io/pod-deletion-cost';
const REVISION = 'deployment.kubernetes.io/revision';
const PHASES = ['Pending', 'Unknown', 'Running'];

const isActive = ({ metadata, status }: FakePod): boolean =>
  metadata.deletionTimestamp === undefined && status.phase !== 'Succeeded' && status.phase !== 'Failed';

const isReady = ({ status }: FakePod): boolean =>
  status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** In which order a ReplicaSet's controller takes pods away: the order of kubernetes/pkg/controller/controller_utils.go. */
const ranks = (pod: FakePod): number[] => [
  Number(pod.spec.nodeName !== undefined),
  PHASES.indexOf(pod.status.phase),
  Number(isReady(pod)),
  Number(pod.metadata.annotations[COST] ?? 0),
  // Among equals the newest goes first.
  -Date.parse(pod.metadata.creationTimestamp),
];

function inOrder(left: FakePod, right: FakePod): number {
  const [mine, others] = [ranks(left), ranks(right)];
  const at = mine.findIndex((rank, index) => rank !== others[index]);
  return at < 0 ? 0 : (mine[at] ?? 0) - (others[at] ?? 0);
}

/** Makes pods of Deployments, and takes them away, as Kubernetes' controllers do: a moment after each change. */
export class Controllers {
  /** Pods that its quota allows. */
  podsMax = Infinity;
  private isDue = false;
  private readonly look = (): void => {
    if (this.isDue) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      for (const deployment of this.etcd.list('Deployment')) this.roll(deployment);
      for (const set of this.etcd.list('ReplicaSet')) this.fill(set);
    });
  };

  constructor(private readonly etcd: Etcd) {
    etcd.told.on('change', this.look);
  }

  end(): void {
    this.etcd.told.off('change', this.look);
  }

  /** One set for each template; all but the newest have none. */
  private roll(deployment: FakeDeployment): void {
    const { template, replicas } = deployment.spec;
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
    const { name, uid } = deployment.metadata;
    const sets = this.etcd.list('ReplicaSet').filter((set) => set.metadata.ownerReferences?.[0]?.uid === uid);
    const newest = sets.find(({ metadata }) => metadata.labels['pod-template-hash'] === hash);
    if (newest === undefined) {
      const revision = String(sets.length + 1);
      const labels = { ...template.metadata.labels, 'pod-template-hash': hash };
      const owner = { kind: 'Deployment', name, uid, controller: true };
      const metadata = made(`${name}-${hash}`, labels, owner, { [REVISION]: revision });
      this.etcd.make({ kind: 'ReplicaSet', metadata, spec: { replicas, template } });
      this.etcd.edit('Deployment', name, (mine) => (mine.metadata.annotations[REVISION] = revision));
    }
    for (const set of sets) {
      const wanted = set === newest ? replicas : 0;
      this.etcd.edit('ReplicaSet', set.metadata.name, ({ spec }) => (spec.replicas = wanted));
    }
  }

  private fill({ metadata: { name, uid, labels }, spec }: FakeReplicaSet): void {
    const all = this.etcd.list('Pod');
    const pods = all.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === uid).filter(isActive);
    for (let made = pods.length; made < spec.replicas && this.hasRoom(); made++) {
      this.makePod({ kind: 'ReplicaSet', name, uid, controller: true }, labels, spec);
    }
    const over = pods.sort(inOrder).slice(0, Math.max(0, pods.length - spec.replicas));
    for (const pod of over) askToEnd(this.etcd, pod.metadata.name, null);
  }

  private hasRoom(): boolean {
    return this.etcd.list('Pod').filter(isActive).length < this.podsMax;
  }

  private makePod(
    owner: NonNullable<Metadata['ownerReferences']>[number],
    labels: Metadata['labels'],
    { template }: FakeReplicaSet['spec'],
  ): void {
    const name = `${owner.name}-${randomBytes(3).toString('hex').slice(0, 5)}`;
    this.etcd.make({
      kind: 'Pod',
      metadata: made(name, labels, owner),
      spec: structuredClone(template.spec),
      status: { phase: 'Pending', conditions: [] },
    });
  }
}

/** As a DELETE does: a grace may be made shorter, never longer. */
export function askToEnd(etcd: Etcd, name: string, graceS: number | null): void {
  etcd.edit('Pod', name, ({ metadata, spec }) => {
    const grace = graceS ?? spec.terminationGracePeriodSeconds ?? 30;
    metadata.deletionTimestamp ??= new Date().toISOString();
    metadata.deletionGracePeriodSeconds = Math.min(grace, metadata.deletionGracePeriodSeconds ?? Infinity);
  });
}

export const made = (
  name: string,
  labels: Metadata['labels'],
  owner?: NonNullable<Metadata['ownerReferences']>[number],
  annotations: Metadata['annotations'] = {},
): Metadata => ({
  name,
  namespace: 'sluice',
  uid: '',
  resourceVersion: '',
  creationTimestamp: new Date().toISOString(),
  labels,
  annotations,
  ...(owner === undefined ? {} : { ownerReferences: [owner] }),
});
