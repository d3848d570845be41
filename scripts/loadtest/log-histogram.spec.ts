import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LEAST, LogHistogram, MOST, RELATIVE_ERROR } from './log-histogram.js';

const histogramOf = (values: readonly number[]): LogHistogram => {
  const histogram = new LogHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
};
const values = fc.array(fc.double({ min: LEAST, max: MOST, noNaN: true }), { minLength: 1, maxLength: 60 });
/** The definition, by sorting. */
const ranked = (given: readonly number[], percent: number): number =>
  [...given].sort((left, right) => left - right)[
    Math.max(1, Math.ceil((percent / 100) * given.length)) - 1
  ] ?? Number.NaN;

describe('LogHistogram', () => {
  it('tells every quantile within half a percent of the value that has its rank', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 100, noNaN: true }), (given, percent) => {
        const exact = ranked(given, percent);
        const told = histogramOf(given).percentile(percent) ?? Number.NaN;
        // 1e-9 is for the rounding of logarithms.
        expect(Math.abs(told - exact)).toBeLessThanOrEqual(exact * (RELATIVE_ERROR + 1e-9));
      }),
    );
  });

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
