import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FORECAST_MODELS, predictions } from './predictions.policy.js';
import { BUCKETS_A_DAY, BUCKETS_A_WEEK } from './work-series.policy.js';

const load = fc.option(fc.float({ min: 0, max: 1_000, noNaN: true }), { freq: 10 });
const series = fc.array(load, { minLength: 150, maxLength: 400 });

describe('a model', () => {
  it.each(FORECAST_MODELS)('knows nothing of what comes after the moment it speaks at: %s', (model) => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 144 }), fc.nat(399), (loads, steps, cut) => {
        const known = loads.slice(0, 1 + (cut % loads.length));
        const then = predictions(model, known, steps);
        expect(then).toHaveLength(known.length + steps);
        expect(then).toEqual(predictions(model, loads, steps).slice(0, known.length + steps));
      }),
      { numRuns: 25 },
    );
  });

  it.each(FORECAST_MODELS)('never forecasts less than nothing: %s', (model) => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 12 }), (loads, steps) => {
        const foreseen = predictions(model, loads, steps).map((slots) => slots ?? 0);
        expect(Math.min(...foreseen)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 25 },
    );
  });
});

describe('each model', () => {
  /** As many as four weeks and a day, each load its own number. */
  const counting = Array.from({ length: 4 * BUCKETS_A_WEEK + BUCKETS_A_DAY }, (_, at) => at);
  const next = counting.length;

  it.each([
    ['persistence', next - 1],
    ['yesterday', next - BUCKETS_A_DAY],
    ['last-week', next - BUCKETS_A_WEEK],
    ['weekday-median', next - 2.5 * BUCKETS_A_WEEK],
  ] as const)('looks where its name says: %s', (model, foreseen) => {
    expect(predictions(model, counting, 1).at(-1)).toBe(foreseen);
  });

  it('says nothing where it knows too little', () => {
    expect(predictions('persistence', [1, null], 1).at(-1)).toBeNull();
    expect(predictions('yesterday', [1, 2], 1).at(-1)).toBeNull();
    expect(predictions('weekday-median', counting.slice(0, 2 * BUCKETS_A_WEEK - 1), 1).at(-1)).toBeNull();
    expect(predictions('holt-winters', counting.slice(0, BUCKETS_A_DAY), 1).at(-1)).toBeNull();
  });

  it('that takes the median of weeks takes what is known of four, and two at least', () => {
    const weeks = (...levels: (number | null)[]) =>
      levels.flatMap((level) => Array(BUCKETS_A_WEEK).fill(level) as (number | null)[]);
    const foreseen = (...levels: (number | null)[]) =>
      predictions('weekday-median', weeks(...levels), 1).at(-1);
    expect(foreseen(100, 1, 8, 2, 4)).toBe(3);
    expect(foreseen(1, null, 9, 2)).toBe(2);
    expect(foreseen(null, null, 9, 2)).toBe(5.5);
    expect(foreseen(null, null, null, 2)).toBeNull();
  });

  it('that smooths finds a day that repeats itself, and what rises by the day', () => {
    const daily = (at: number) => 10 + 8 * Math.sin((2 * Math.PI * at) / BUCKETS_A_DAY);
    const repeated = Array.from({ length: 3 * BUCKETS_A_DAY }, (_, at) => daily(at));
    const rising = Array.from({ length: 14 * BUCKETS_A_DAY }, (_, at) => daily(at) + at / BUCKETS_A_DAY);
    for (const steps of [1, 5, 144]) {
      expect(predictions('holt-winters', repeated, steps).at(-1)).toBeCloseTo(
        daily(repeated.length - 1 + steps),
        6,
      );
    }
    expect(predictions('holt-winters', rising, 1).at(-1)).toBeCloseTo(daily(rising.length) + 14, 0);
  });

  it('that smooths goes on where nobody looked for an hour', () => {
    const daily = Array.from({ length: 4 * BUCKETS_A_DAY }, (_, at) => at % BUCKETS_A_DAY);
    const gap = daily.map((value, at) => (at >= 400 && at < 406 ? null : value));
    expect(predictions('holt-winters', gap, 1).at(-1)).toBeCloseTo(0, 6);
    expect(predictions('holt-winters', gap.slice(0, 405), 1).at(-1)).toBeCloseTo(405 % BUCKETS_A_DAY, 6);
  });
});
