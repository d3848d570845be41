import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { balanceScore, percentile } from './statistics.js';

describe('percentile', () => {
  it('is a value itself where the place is whole', () => {
    expect(percentile([10, 20, 30, 40, 50], 50)).toBe(30);
  });

  it('lies between two neighbours in proportion where the place is not whole', () => {
    expect(percentile([10, 20, 30, 40], 95)).toBeCloseTo(38.5);
  });

  it('is the only value there is, and 0 where there is none', () => {
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([], 99)).toBe(0);
  });

  it('never leaves the values and never falls as the percentage grows', () => {
    const times = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(times, percent, percent, (values, one, other) => {
        const sorted = [...values].sort((left, right) => left - right);
        const lower = percentile(sorted, Math.min(one, other));
        const upper = percentile(sorted, Math.max(one, other));
        expect(lower).toBeGreaterThanOrEqual(Math.min(...values));
        expect(upper).toBeLessThanOrEqual(Math.max(...values));
        expect(upper - lower).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });
});

describe('balanceScore', () => {
  it('is 100 when all shares are equal', () => {
    expect(balanceScore([25, 25])).toBe(100);
  });

  it('takes the standard deviation of the population, not of a sample', () => {
    expect(balanceScore([10, 30])).toBeCloseTo(50);
  });

  it('is 100 with fewer than two shares', () => {
    expect(balanceScore([])).toBe(100);
    expect(balanceScore([5])).toBe(100);
  });

  it('is never below 0', () => {
    expect(balanceScore([0, 0, 0, 90])).toBe(0);
    expect(balanceScore([0, 0])).toBe(0);
  });
});
