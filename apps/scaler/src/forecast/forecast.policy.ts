import type { PoolReading } from '../policy/scaling.js';
import { predictions } from './predictions.policy.js';
import type { Chosen } from './tested.policy.js';
import { BUCKET_MS, bucketOf, BUCKETS_A_DAY, BUCKETS_A_WEEK, type WorkSeries } from './work-series.policy.js';

/** How old the end of what is known may be. */
const AGE_MS_MAX = 20 * 60_000;
const OVER_PEAK_MAX = 2;

/**
 * How many ten minutes a forecast reaches beyond the last whole ones when it has to hold `leadS` from now, at a moment in the
 * middle of ten minutes. 1 to a day.
 */
export function stepsAhead(leadS: number): number {
  const steps = 1 + Math.floor((BUCKET_MS / 2 + 1_000 * leadS) / BUCKET_MS);
  return Math.max(1, Math.min(BUCKETS_A_DAY, steps));
}

/**
 * The load expected at the lead, at most twice the greatest of the last week. Null when the newest whole ten minutes ended more
 * than 20 minutes ago. Persistence speaks where the chosen model knows too little; nobody trusts it.
 */
export function forecastFrom(
  { first, loads }: WorkSeries,
  { model, is_trusted }: Chosen,
  { nowMs, leadS }: { readonly nowMs: number; readonly leadS: number },
): PoolReading['forecast'] {
  const last = first + loads.length - 1;
  if (nowMs - (last + 1) * BUCKET_MS > AGE_MS_MAX) return null;
  const steps = Math.max(1, Math.min(BUCKETS_A_DAY, bucketOf(nowMs + 1_000 * leadS) - last));
  const foreseen = predictions(model, loads, steps).at(-1) ?? null;
  const peak = Math.max(...loads.slice(-BUCKETS_A_WEEK).map((load) => load ?? 0));
  const capped = (slots: number): number => Math.min(slots, OVER_PEAK_MAX * peak);
  if (foreseen !== null) return { offered_slots: capped(foreseen), is_trusted, model };
  return { offered_slots: loads.at(-1) ?? 0, is_trusted: false, model: 'persistence' };
}
