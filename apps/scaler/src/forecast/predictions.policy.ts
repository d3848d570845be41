import { holtWinters } from './holt-winters.policy.js';
import { BUCKETS_A_WEEK, BUCKETS_A_DAY } from './work-series.policy.js';

export const FORECAST_MODELS = [
  'persistence',
  'yesterday',
  'last-week',
  'weekday-median',
  'holt-winters',
] as const;
export type ForecastModelName = (typeof FORECAST_MODELS)[number];

type Loads = readonly (number | null)[];

const WEEKS_MAX = 4;
const WEEKS_MIN = 2;

/**
 * What a model forecasts from `loads`. The answer's number `at` is the forecast for `at`, made when no more than
 * `loads[at - steps]` was known; it goes on for `steps` (1 to a day) beyond the end. Null where the model knows too little.
 */
export function predictions(model: ForecastModelName, loads: Loads, steps: number): (number | null)[] {
  if (model === 'holt-winters') return holtWinters(loads, steps);
  const predict = SHIFTS[model];
  return Array.from({ length: loads.length + steps }, (_, at) => predict(loads, at, steps));
}

const before = (loads: Loads, at: number, by: number): number | null => loads[at - by] ?? null;

const SHIFTS: Record<
  Exclude<ForecastModelName, 'holt-winters'>,
  (loads: Loads, at: number, steps: number) => number | null
> = {
  persistence: (loads, at, steps) => before(loads, at, steps),
  yesterday: (loads, at) => before(loads, at, BUCKETS_A_DAY),
  'last-week': (loads, at) => before(loads, at, BUCKETS_A_WEEK),
  'weekday-median': weekdayMedian,
};

/** Of the same ten minutes of the last four weeks, as far as they are known; null when fewer than two are. */
function weekdayMedian(loads: Loads, at: number): number | null {
  const weeks = Array.from({ length: WEEKS_MAX }, (_, week) =>
    before(loads, at, (week + 1) * BUCKETS_A_WEEK),
  );
  const known = weeks.filter((load) => load !== null).sort((left, right) => left - right);
  if (known.length < WEEKS_MIN) return null;
  const middle = (known.length - 1) / 2;
  return ((known[Math.floor(middle)] ?? 0) + (known[Math.ceil(middle)] ?? 0)) / 2;
}
