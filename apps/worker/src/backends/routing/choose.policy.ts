import type { Strategy } from '#common/config/backend-config.js';
import { betterOfTwo } from './adaptive.policy.js';
import type { BackendView, RoutingRequest } from './backend-view.js';
import { leastLoaded, quickerOfTwo } from './load.policy.js';
import { cheapest, firstInOrder } from './rank.policy.js';
import { ownerOfKey } from './sticky.policy.js';
import { anyByWeight, nextByWeight, nextInTurn } from './turns.policy.js';

type Choice = (views: readonly BackendView[], request: RoutingRequest) => BackendView | null;

const CHOICES: Readonly<Record<Strategy, Choice>> = {
  adaptive: betterOfTwo,
  round_robin: nextInTurn,
  weighted_round_robin: nextByWeight,
  random: anyByWeight,
  least_connections: leastLoaded,
  least_latency: quickerOfTwo,
  cost: cheapest,
  priority: firstInOrder,
  sticky: ownerOfKey,
};

/**
 * The backend for the next attempt, of those that may be called; null only of none. The same arguments always give the
 * same backend, in whatever order the views come.
 */
export function chooseBackend(
  strategy: Strategy,
  views: readonly BackendView[],
  request: RoutingRequest,
): BackendView | null {
  const inOrder = [...views].sort((left, right) => (left.id < right.id ? -1 : 1));
  return CHOICES[strategy](inOrder, request);
}
