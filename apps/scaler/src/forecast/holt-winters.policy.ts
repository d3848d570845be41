import { BUCKETS_A_DAY } from './work-series.policy.js';

/** How much of what is new is believed at once: of the level, the trend and the season. */
export interface Smoothing {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
}

const SMOOTHING: Smoothing = { level: 0.5, trend: 0.01, season: 0.2 };

/**
 * Holt-Winters' additive method with a season of one day and fixed smoothing. Source: R. J. Hyndman, G. Athanasopoulos,
 * Forecasting: Principles and Practice, 3rd edition, section 8.3 (component form).
 * The answer's number `at` is the forecast for `at`, made when no more than `loads[at - steps]` was known; it goes on for `steps`
 * beyond the end. Null for the first day, which is what the season begins with. Where nobody looked, level and season stay.
 */
export function holtWinters(
  loads: readonly (number | null)[],
  steps: number,
  smoothing: Smoothing = SMOOTHING,
): (number | null)[] {
  const forecasts = Array.from({ length: loads.length + steps }, (): number | null => null);
  const firstDay = loads.slice(0, BUCKETS_A_DAY);
  const known = firstDay.filter((load) => load !== null);
  if (firstDay.length < BUCKETS_A_DAY || known.length === 0) return forecasts;
  let level = known.reduce((sum, load) => sum + load, 0) / known.length;
  let trend = 0;
  const season = firstDay.map((load) => (load === null ? 0 : load - level));
  for (let at = BUCKETS_A_DAY; at < loads.length; at++) {
    const load = loads[at] ?? null;
    const slot = at % BUCKETS_A_DAY;
    const seasonal = season[slot] ?? 0;
    const before = level + trend;
    if (load === null) level = before;
    else {
      const risen = smoothing.level * (load - seasonal) + (1 - smoothing.level) * before;
      trend = smoothing.trend * (risen - level) + (1 - smoothing.trend) * trend;
      season[slot] = smoothing.season * (load - before) + (1 - smoothing.season) * seasonal;
      level = risen;
    }
    const ahead = season[(at + steps) % BUCKETS_A_DAY] ?? 0;
    forecasts[at + steps] = Math.max(0, level + steps * trend + ahead);
  }
  return forecasts;
}
