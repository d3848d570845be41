import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketsOfLast, coveredSeconds, estimateWaitMs, settledCount } from './pace.js';

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

describe('coveredSeconds', () => {
  it('counts the newest bucket only as far as it has come', () => {
    expect(coveredSeconds(60, 1_790_000_005_500)).toBeCloseTo(55.5);
    expect(coveredSeconds(60, 1_790_000_000_000)).toBe(50);
  });
});

describe('settledCount', () => {
  it('counts every way to end, and nothing else', () => {
    const counters = {
      completed: 1,
      failed: 20,
      cancelled: 300,
      expired: 4_000,
      accepted: 50_000,
      'latency:3': 600_000,
    };
    expect(settledCount(new Map(Object.entries(counters)))).toBe(4_321);
    expect(settledCount(new Map())).toBe(0);
  });
});

describe('estimateWaitMs', () => {
  it('promises the first in the queue no wait, and nothing when nothing is known', () => {
    expect(estimateWaitMs(0, { settled: 0, seconds: 60 })).toBeNull();
    expect(estimateWaitMs(0, { settled: 60, seconds: 60 })).toBe(0);
  });

  it('says that it does not know while nothing was settled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        (position) => estimateWaitMs(position, { settled: 0, seconds: 60 }) === null,
      ),
    );
  });

  it('is the time in which the pool settled as many in the last minute, in milliseconds', () => {
    expect(estimateWaitMs(30, { settled: 60, seconds: 60 })).toBe(30_000);
    expect(estimateWaitMs(1, { settled: 7, seconds: 60 })).toBe(8_571);
  });

  it('is longer the further back and shorter the faster the pool', () => {
    const counts = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(counts, counts, counts, (position, pace, more) => {
        const wait = estimateWaitMs(position, { settled: pace, seconds: 60 }) ?? Number.NaN;
        expect(estimateWaitMs(position + more, { settled: pace, seconds: 60 })).toBeGreaterThanOrEqual(wait);
        expect(estimateWaitMs(position, { settled: pace + more, seconds: 60 })).toBeLessThanOrEqual(wait);
        expect(Number.isInteger(wait)).toBe(true);
      }),
    );
  });
});
