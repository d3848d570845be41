import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LEAST, LogHistogram, MOST, RELATIVE_ERROR } from './log-histogram.js';

const histogramOf = (values: readonly number[]): LogHistogram => {
  const histogram = new LogHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
};
const values = fc.array(fc.double({ min: LEAST, max: MOST, noNaN: true }), { minLength: 1, maxLength: 60 });
/** The definition, by sorting, in thousandths of a percent: whole numbers are exact. */
const ranked = (given: readonly number[], thousandths: number): number =>
  [...given].sort((left, right) => left - right)[
    Math.max(1, Math.ceil((thousandths * given.length) / 100_000)) - 1
  ] ?? Number.NaN;

describe('LogHistogram', () => {
  it('tells every quantile within half a percent of the value that has its rank', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 100_000 }), (given, thousandths) => {
        const exact = ranked(given, thousandths);
        const told = histogramOf(given).percentile(thousandths / 1_000) ?? Number.NaN;
        // 1e-9 is for the rounding of logarithms.
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * (RELATIVE_ERROR + 1e-9));
      }),
    );
  });

  it.each([
    [99.9, 1_000, 999],
    [55, 100, 55],
    [99.9, 10_000, 9_990],
    [99.91, 1_000, 1_000],
    [100, 7, 7],
  ])(
    'takes p%d of %d values from rank %d: binary fractions do not make it one more',
    (percent, many, rank) => {
      const histogram = histogramOf(Array.from({ length: many }, (_, at) => (at < rank ? 10 : 1_000)));
      expect(histogram.percentile(percent)).toBeLessThan(11);
      const before = histogramOf(Array.from({ length: many }, (_, at) => (at < rank - 1 ? 10 : 1_000)));
      expect(before.percentile(percent)).toBeGreaterThan(900);
    },
  );

  it('says of two that were put together what one would say that had seen all', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const both = histogramOf(one);
        both.take(histogramOf(other));
        const all = histogramOf([...one, ...other]);
        for (const percent of [0, 50, 99, 100])
          expect(both.percentile(percent)).toBe(all.percentile(percent));
        expect([both.count, both.min, both.max]).toEqual([all.count, all.min, all.max]);
        // Sums of other orders are rounded otherwise.
        expect((both.mean ?? 0) / (all.mean ?? 1)).toBeCloseTo(1);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps count, mean, least and greatest exactly, also outside of its range', () => {
    const histogram = histogramOf([0, 1, 2 * MOST]);
    expect([histogram.count, histogram.min, histogram.max]).toEqual([3, 0, 2 * MOST]);
    expect(histogram.mean).toBeCloseTo((1 + 2 * MOST) / 3);
    expect(histogram.percentile(1)).toBe(LEAST);
  });

  it('has nothing to say of nothing', () => {
    const histogram = new LogHistogram();
    expect([histogram.mean, histogram.min, histogram.max, histogram.percentile(50)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(histogram.bins(10)).toEqual([]);
  });

  it('puts every value into one of so many bins, which follow one another', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 60 }), (given, most) => {
        const bins = histogramOf(given).bins(most);
        expect(bins.length).toBeLessThanOrEqual(most);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(given.length);
        for (const [at, bin] of bins.entries()) {
          const inside = given.filter(
            (value) => value > bin.from * (1 + 1e-9) && value < bin.to * (1 - 1e-9),
          );
          expect(bin.count).toBeGreaterThanOrEqual(inside.length);
          if (at > 0) expect(bin.from).toBe(bins[at - 1]?.to);
        }
      }),
      { numRuns: 30 },
    );
  });
});
