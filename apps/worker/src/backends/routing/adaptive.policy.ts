import type { BackendView, RoutingRequest } from './backend-view.js';
import { latencyOf, quickestOf } from './load.policy.js';
import { drawn, drawnPair, lowest } from './pick.policy.js';

/** One call in so many goes by chance alone, so that a backend thought bad is seen again. */
export const EXPLORED_SHARE = 0.01;
/** The least part of the draw that a backend has, of what all have together. */
const DRAWN_SHARE_MIN = 0.05;
/** A backend that fails every tenth call counts as 1.5 times slower. */
const SUCCESS_EXPONENT = 4;
const SUCCESS_MIN = 0.01;
/** A backend of twice the price counts as 1.15 times slower. */
const PRICE_EXPONENT = 0.2;
/** How suddenly latency grows where load passes the capacity. */
const LOAD_SHARPNESS = 2;
/** Latency grows with the load beyond the capacity to this power. In proportion would be 1: more keeps queues short. */
const LOAD_STEEPNESS = 1.25;
/** Peaks of so many times what load explains are chance. */
const PEAK_NOISE = 2;
/** What is free counts as this part of the cheapest that is not. */
const DEARNESS_MIN = 0.1;

/**
 * The better of two (Mitzenmacher 2001), both drawn in proportion to the rate of calls they were seen to sustain. Better
 * is the lower expected cost: latency, grown by the load for what the backend was seen to take at once, divided by a power
 * of its share of successes, times a mild factor of its price.
 */
export function betterOfTwo(
  views: readonly BackendView[],
  { dice: [first, second] }: RoutingRequest,
): BackendView | null {
  if (first < EXPLORED_SHARE) return drawn(views, () => 1, second);
  const around = surroundings(views);
  const rates = views.map((view) => sustainedRate(view, around));
  const rateMin = rates.reduce((sum, rate) => sum + rate, 0) * DRAWN_SHARE_MIN;
  const rescaled = (first - EXPLORED_SHARE) / (1 - EXPLORED_SHARE);
  const pair = drawnPair(views, (view) => Math.max(rateMin, sustainedRate(view, around)), [rescaled, second]);
  return lowest(pair, (view) => expectedCost(view, around));
}

/** What a backend is compared with. */
interface Surroundings {
  readonly quickestMs: number;
  readonly cheapestUsd: number;
  readonly dearestUsd: number;
}

/** In milliseconds, as if it always succeeded and were the cheapest. */
function expectedCost(view: BackendView, around: Surroundings): number {
  const success = Math.max(SUCCESS_MIN, view.success) ** SUCCESS_EXPONENT;
  return (expectedMs(view, around) / success) * dearness(view, around) ** PRICE_EXPONENT;
}

/**
 * What a call takes with room, grown with the load: hardly below the capacity, and beyond it more than in proportion. A
 * peak of the latency counts only where it is more than load and chance explain.
 */
function expectedMs(view: BackendView, { quickestMs }: Surroundings): number {
  const load = (view.active + 1) / capacityOf(view);
  const growth = (1 + load ** LOAD_SHARPNESS) ** (LOAD_STEEPNESS / LOAD_SHARPNESS);
  return Math.max(roomyMs(view, quickestMs) * growth, latencyOf(view, quickestMs) / PEAK_NOISE);
}

/** Calls per millisecond, by Little's law. */
const sustainedRate = (view: BackendView, { quickestMs }: Surroundings): number =>
  (capacityOf(view) * view.success) / roomyMs(view, quickestMs);

/** What a call takes with room. */
const roomyMs = (view: BackendView, quickestMs: number): number =>
  latencyOf({ latencyMs: view.baseLatencyMs ?? view.latencyMs }, quickestMs);

/** One that nobody knows anything of is given its calls one at a time. */
const capacityOf = ({ capacity }: BackendView): number => Math.max(1, capacity ?? 1);

/** Times the cheapest. An unknown price may be any: it counts as the dearest of the known. */
const dearness = ({ costUsd }: BackendView, { cheapestUsd, dearestUsd }: Surroundings): number =>
  Math.max(DEARNESS_MIN, (costUsd ?? dearestUsd) / cheapestUsd);

function surroundings(views: readonly BackendView[]): Surroundings {
  const prices = views.flatMap(({ costUsd }) => (costUsd === null || costUsd <= 0 ? [] : [costUsd]));
  const known = prices.length === 0 ? [1] : prices;
  return { quickestMs: quickestOf(views), cheapestUsd: Math.min(...known), dearestUsd: Math.max(...known) };
}
