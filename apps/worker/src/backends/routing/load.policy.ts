import type { BackendView, RoutingRequest } from './backend-view.js';
import { drawn, drawnPair, lowest, lowestOf } from './pick.policy.js';

/** Less cannot be told from nothing, and nothing times any load would be nothing. */
const LATENCY_MS_MIN = 1;

/** The one with the fewest open calls for its weight; equals are drawn by weight. */
export function leastLoaded(views: readonly BackendView[], { dice }: RoutingRequest): BackendView | null {
  const idlest = lowestOf(views, ({ active, weight }) => active / weight);
  return drawn(idlest, ({ weight }) => weight, dice[0]);
}

/**
 * The quicker of two drawn at random (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001), by
 * Finagle's peak-EWMA cost: latency × (open calls + 1). One that has never answered counts as the quickest of all, so that
 * it is tried, but not as free: what is open there still counts.
 */
export function quickerOfTwo(views: readonly BackendView[], { dice }: RoutingRequest): BackendView | null {
  const quickestMs = quickestOf(views);
  const pair = drawnPair(views, () => 1, dice);
  return lowest(pair, (view) => latencyOf(view, quickestMs) * (view.active + 1));
}

/** The lowest latency that is known, in milliseconds; 1 when none is. */
export function quickestOf(views: readonly BackendView[]): number {
  const known = views.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
  return known.length === 0 ? LATENCY_MS_MIN : Math.min(...known);
}

/** Of one that has never answered, the quickest's. */
export const latencyOf = ({ latencyMs }: Pick<BackendView, 'latencyMs'>, quickestMs: number): number =>
  Math.max(LATENCY_MS_MIN, latencyMs ?? quickestMs);
