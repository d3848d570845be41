import type { BackendView, RoutingRequest } from './backend-view.js';
import { leastLoaded } from './load.policy.js';
import { lowestOf } from './pick.policy.js';

/** The cheapest; of equally cheap ones the least loaded. What nobody knows the price of comes last. */
export const cheapest = (views: readonly BackendView[], request: RoutingRequest): BackendView | null =>
  leastLoaded(
    lowestOf(views, ({ costUsd }) => costUsd ?? Infinity),
    request,
  );

/** The first in the order of failover; of several there the least loaded. */
export const firstInOrder = (views: readonly BackendView[], request: RoutingRequest): BackendView | null =>
  leastLoaded(
    lowestOf(views, ({ priority }) => priority),
    request,
  );
