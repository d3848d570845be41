import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketsOfLast } from './pool-counters.js';

const moments = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 });

describe('bucketsOfLast', () => {
  it('names buckets as the scripts do: by the multiple of 10 s at which they begin', () => {
    expect(bucketsOfLast(30, 1_790_000_019_999)).toEqual([1_790_000_010, 1_790_000_000, 1_789_999_990]);
  });

  it('begins with the bucket of now and goes back without a gap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), moments, (seconds, nowMs) => {
        const [newest = Number.NaN, ...older] = bucketsOfLast(seconds, nowMs);
        expect(newest % 10).toBe(0);
        expect(newest * 1_000).toBeLessThanOrEqual(nowMs);
        expect((newest + 10) * 1_000).toBeGreaterThan(nowMs);
        expect(older).toEqual(older.map((_, index) => newest - 10 * (index + 1)));
        expect((older.length + 1) * 10).toBeGreaterThanOrEqual(seconds);
      }),
    );
  });
});
