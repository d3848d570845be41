import type { BackendView, RoutingRequest } from './backend-view.js';
import { leastLoaded } from './load.policy.js';
import { lowest } from './pick.policy.js';
import { hashToUnit } from './string-hash.policy.js';

/**
 * The backend that a key belongs to: rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit
 * rates", 1998), where each backend's score is −weight ÷ ln(hash), so that it owns keys in proportion to its weight
 * (Schindelhauer and Schomaker, 2005). When a backend leaves, its keys alone move, each to the next in the key's own
 * order, and they return with it. Without a key: the least loaded.
 */
export function ownerOfKey(views: readonly BackendView[], request: RoutingRequest): BackendView | null {
  const { key } = request;
  if (key === undefined) return leastLoaded(views, request);
  return lowest(views, ({ id, weight }) => weight / Math.log(hashToUnit(id, key)));
}
