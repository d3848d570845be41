import type { DrivenInstance } from '../driver.js';
import type { Pod } from './cluster-answers.js';
import type { RankedPod } from './who-goes.policy.js';

/** The controller of a ReplicaSet takes the pods with the lowest cost first. (Kubernetes 1.22 and later) */
export const COST = 'controller.kubernetes.io/pod-deletion-cost';
/** The cost of whoever was told to leave: lower than any that an operator would give. */
export const LEAVING_COST = -1_000_000;
/** The fencing token of the scaler that told it. */
export const EPOCH = 'sluice.epoch';
/** Which template of its Deployment a pod was made of. */
export const TEMPLATE = 'pod-template-hash';
/** A shell's way to say which signal ended a process: 128 and its number. */
const SIGNALLED_MIN = 129;

/** Phases of a pod that runs no more. */
const OVER = ['Succeeded', 'Failed'];

export interface Look {
  /** In which the worker runs; others may be beside it. */
  readonly container: string;
  /** How often the worker had been started again when its pod was first seen. */
  readonly restarts: number;
  /** Unix milliseconds. */
  readonly now: number;
}

type ContainerStatus = NonNullable<Pod['status']['containerStatuses']>[number];

export const isTerminating = ({ metadata }: Pod): boolean => (metadata.deletionTimestamp ?? null) !== null;

/** Whether its ReplicaSet counts it: whoever ended for good or is on the way out is replaced. */
export const isCounted = (pod: Pod): boolean => !isTerminating(pod) && !OVER.includes(pod.status.phase);

const costOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[COST] ?? 0) || 0;

/** Was told to go, by us or by the scaler before us. */
export const isLeaving = (pod: Pod): boolean => costOf(pod) === LEAVING_COST;

export const templateOf = ({ metadata }: Pod): string => metadata.labels?.[TEMPLATE] ?? 'unknown';

export const rankOf = (pod: Pod): RankedPod => ({
  isAssigned: (pod.spec.nodeName ?? '') !== '',
  phase: pod.status.phase,
  isReady: (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True'),
  cost: costOf(pod),
  template: templateOf(pod),
});

const statusOf = (pod: Pod, container: string): ContainerStatus | undefined =>
  pod.status.containerStatuses?.find(({ name }) => name === container);

export const restartsOf = (pod: Pod, container: string): number =>
  statusOf(pod, container)?.restartCount ?? 0;

/** How its worker ended; null while it runs. One that was started again since it was first seen is another worker. */
function endOf(pod: Pod, { container, restarts, now }: Look): DrivenInstance['ended'] {
  const status = statusOf(pod, container);
  const isRunning = (status?.state?.running ?? null) !== null;
  const isAnother = isRunning && restartsOf(pod, container) > restarts;
  const before = isAnother || !isRunning ? (status?.lastState?.terminated ?? null) : null;
  const end = status?.state?.terminated ?? before;
  if (end === null) return OVER.includes(pod.status.phase) ? { code: null, at_ms: now } : null;
  const at_ms = Date.parse(end.finishedAt ?? '');
  return {
    code: end.exitCode >= SIGNALLED_MIN ? null : end.exitCode,
    at_ms: Number.isNaN(at_ms) ? now : at_ms,
  };
}

/** A pod as an instance. */
export function instanceOf(pod: Pod, look: Look): DrivenInstance {
  const ended = endOf(pod, look);
  return {
    name: pod.metadata.name,
    state: ended === null ? 'running' : 'ended',
    spec: templateOf(pod),
    born_ms: Date.parse(pod.metadata.creationTimestamp),
    ended,
  };
}
