import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { forecastFrom, stepsAhead } from './forecast.policy.js';
import { FORECAST_MODELS } from './predictions.policy.js';
import { BUCKET_MS, BUCKETS_A_DAY, BUCKETS_A_WEEK, seriesOf } from './work-series.policy.js';

const FIRST = 3_000_000;
const series = (loads: readonly (number | null)[]) => ({ first: FIRST, loads });
/** The moment at which so many ten minutes of the series are over, and more. */
const after = (buckets: number, moreMs = 0) => (FIRST + buckets) * BUCKET_MS + moreMs;
const yesterday = { model: 'yesterday', is_trusted: true } as const;

describe('stepsAhead', () => {
  it('grows with the lead, from the ten minutes under way to a day', () => {
    expect([0, 22, 299, 300, 900, 1e9].map(stepsAhead)).toEqual([1, 1, 1, 2, 3, BUCKETS_A_DAY]);
  });
});

describe('a forecast', () => {
  const counting = Array.from({ length: 2 * BUCKETS_A_DAY }, (_, at) => at);

  it('is of the ten minutes in which the lead ends', () => {
    const [first] = [counting.length - BUCKETS_A_DAY];
    const at = (moreMs: number, leadS: number) =>
      forecastFrom(series(counting), yesterday, { nowMs: after(counting.length, moreMs), leadS })
        ?.offered_slots;
    expect(at(0, 30)).toBe(first);
    expect(at(569_000, 30)).toBe(first);
    expect(at(570_000, 30)).toBe(first + 1);
    expect(at(0, 1_800)).toBe(first + 3);
  });

  it('is not given when what is known ended more than 20 minutes ago', () => {
    const at = (moreMs: number) =>
      forecastFrom(series(counting), yesterday, { nowMs: after(counting.length, moreMs), leadS: 30 });
    expect(at(20 * 60_000)).not.toBeNull();
    expect(at(20 * 60_000 + 1)).toBeNull();
  });

  it('is that of persistence, and trusted by nobody, where the model knows too little', () => {
    expect(forecastFrom(series([4]), yesterday, { nowMs: after(1), leadS: 30 })).toEqual({
      offered_slots: 4,
      is_trusted: false,
      model: 'persistence',
    });
  });

  it('of a spike is capped at twice the greatest load of the last seven days', () => {
    const isSpike = (at: number) => at === BUCKETS_A_WEEK || at === 2 * BUCKETS_A_WEEK;
    const loads = Array.from({ length: 4 * BUCKETS_A_WEEK }, (_, at) => (isSpike(at) ? 900 : 6));
    const median = { model: 'weekday-median', is_trusted: true } as const;
    const asked = { nowMs: after(loads.length), leadS: 30 };
    // Of 6, 6, 900 and 900 it foresees 453.
    expect(forecastFrom(series(loads), median, asked)).toEqual({
      offered_slots: 12,
      is_trusted: true,
      model: 'weekday-median',
    });
  });

  it('is never less than nothing nor more than twice the peak, whatever the model', () => {
    const loads = fc.array(fc.option(fc.float({ min: 0, max: 500, noNaN: true }), { freq: 8 }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(loads, fc.constantFrom(...FORECAST_MODELS), fc.nat(4_000), (before, model, leadS) => {
        const known = [...before, 5];
        const asked = { nowMs: after(known.length), leadS };
        const slots = forecastFrom(series(known), { model, is_trusted: true }, asked)?.offered_slots ?? -1;
        expect(slots).toBeGreaterThanOrEqual(0);
        expect(slots).toBeLessThanOrEqual(2 * Math.max(...known.map((load) => load ?? 0)));
      }),
    );
  });
});

describe('a series', () => {
  it('is in slots, in order, and null where there is no row', () => {
    const bucket = (at: number, busy_slot_seconds: number) => ({
      at_ms: (FIRST + at) * BUCKET_MS,
      busy_slot_seconds,
    });
    expect(seriesOf([bucket(3, 600), bucket(0, 1_500), bucket(1, 0)])).toEqual({
      first: FIRST,
      loads: [2.5, 0, null, 1],
    });
    expect(seriesOf([])).toBeNull();
  });
});
