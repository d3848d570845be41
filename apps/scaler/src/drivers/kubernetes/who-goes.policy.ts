/** What a ReplicaSet's controller looks at when it has to take pods away. */
export interface RankedPod {
  readonly isAssigned: boolean;
  /** Of its status. */
  readonly phase: string;
  readonly isReady: boolean;
  /** As its annotation says; 0 without one. */
  readonly cost: number;
  /** Of which template it was made: each template has a ReplicaSet of its own. */
  readonly template: string;
}

const PHASES = ['Pending', 'Unknown', 'Running'];

/**
 * Whether a smaller number takes this pod and none of the others. The controller's order begins: not assigned to a node, pending,
 * unknown, running; not ready; the lowest cost. (ActivePodsWithRanks in kubernetes/pkg/controller/controller_utils.go)
 */
export function goesFirst(pod: RankedPod, others: readonly RankedPod[]): boolean {
  return others.every((other) => other.template === pod.template && order(pod, other) < 0);
}

/** Below zero: the left one goes before the right one. */
function order(left: RankedPod, right: RankedPod): number {
  const sides = [ranks(left), ranks(right)] as const;
  const at = sides[0].findIndex((rank, index) => rank !== sides[1][index]);
  return at < 0 ? 0 : (sides[0][at] ?? 0) - (sides[1][at] ?? 0);
}

const ranks = ({ isAssigned, phase, isReady, cost }: RankedPod): number[] => [
  Number(isAssigned),
  PHASES.indexOf(phase),
  Number(isReady),
  cost,
];
