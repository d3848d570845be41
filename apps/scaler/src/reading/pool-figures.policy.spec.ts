import { describe, expect, it } from '@jest/globals';
import type { CounterBucket } from '#common/queue/pool-counters.js';
import { arrivalsOf, responseOf, serviceOf } from './pool-figures.policy.js';

/** The last second of a bucket is running. */
const NOW_MS = 1_790_000_009_900;
const NEWEST = 1_790_000_000;

/** `ago` 0 is the newest. */
const bucket = (ago: number, counts: Record<string, number>): CounterBucket => ({
  start: NEWEST - 10 * ago,
  counts,
});
/** So many accepted in each second. */
const steady = (perSecond: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: 10 }, (_, second) => [`accepted:${second}`, perSecond]));
const lastBuckets = (count: number, counts: Record<string, number>): CounterBucket[] =>
  Array.from({ length: count }, (_, ago) => bucket(ago, counts));

describe('arrivals', () => {
  it('of a steady rate are that rate over every window', () => {
    expect(arrivalsOf(lastBuckets(37, steady(3)), NOW_MS)).toEqual({
      latest: 3,
      fast: 3,
      slow: 3,
      slower: 3,
    });
  });

  it('count whole seconds only: not the running one, and none before the window', () => {
    const newest = bucket(0, { 'accepted:9': 1_000, 'accepted:8': 20 });
    // 20 s before second 9 of the newest bucket begin with second 9 of the one two before.
    const oldest = bucket(2, { 'accepted:8': 500, 'accepted:9': 40 });
    expect(arrivalsOf([newest, bucket(1, {}), oldest], NOW_MS)).toEqual({
      latest: 20 / 6,
      fast: 60 / 20,
      slow: 560 / 180,
      slower: 560 / 360,
    });
  });

  it('are divided by the whole window where the counters are younger', () => {
    expect(arrivalsOf([bucket(1, { 'accepted:5': 36 })], NOW_MS)).toEqual({
      latest: 0,
      fast: 36 / 20,
      slow: 36 / 180,
      slower: 36 / 360,
    });
  });

  it('are zero, not unknown, when Redis says that nothing was counted', () => {
    expect(arrivalsOf([], NOW_MS)).toEqual({ latest: 0, fast: 0, slow: 0, slower: 0 });
  });
});

/** As settle.lua counts jobs of so many milliseconds. */
function served(...ms: number[]): Record<string, number> {
  const sum = (of: (each: number) => number) => ms.reduce((total, each) => total + of(each), 0);
  return {
    served: ms.length,
    service_ms: sum((each) => each),
    service_cs2: sum((each) => Math.floor(each ** 2 / 100 + 0.5)),
  };
}

describe('service', () => {
  it('has the mean and the squared coefficient of variation over all buckets', () => {
    const service = serviceOf([bucket(0, served(1_000)), bucket(5, served(3_000, 2_000, 2_000))], NOW_MS);
    expect(service?.mean_s).toBe(2);
    expect(service?.scv).toBeCloseTo(0.5 / 4, 6);
    expect(service?.samples).toBe(4);
  });

  it('of equal jobs varies by nothing, however short they are', () => {
    for (const ms of [0, 3, 40, 7_777]) {
      expect(serviceOf([bucket(0, served(ms, ms, ms))], NOW_MS)).toEqual({
        mean_s: ms / 1_000,
        scv: expect.closeTo(0, 3),
        samples: 3,
      });
    }
  });

  it('is unknown before the first job of the last five minutes', () => {
    expect(serviceOf([bucket(31, served(1_000))], NOW_MS)).toBeNull();
    expect(serviceOf([bucket(30, served(1_000))], NOW_MS)).not.toBeNull();
    expect(serviceOf([], NOW_MS)).toBeNull();
  });
});

describe('response', () => {
  const slice = (ms: number) => `latency:${Math.floor(Math.log(ms) / Math.log(1.25))}`;

  it('is the mean of the last minute, exact to an eighth', () => {
    for (const ms of [1, 90, 2_000, 123_456]) {
      const response = responseOf([bucket(3, { [slice(ms)]: 7 })], NOW_MS) ?? NaN;
      expect(Math.abs(response * 1_000 - ms) / ms).toBeLessThanOrEqual(0.126);
    }
    const mixed = responseOf([bucket(0, { [slice(1_000)]: 3, [slice(9_000)]: 1 })], NOW_MS) ?? NaN;
    expect(Math.abs(mixed - 3) / 3).toBeLessThan(0.125);
  });

  it('is unknown when nothing was settled within that minute', () => {
    expect(responseOf([bucket(7, { [slice(500)]: 1 })], NOW_MS)).toBeNull();
    expect(responseOf([bucket(6, { [slice(500)]: 1 })], NOW_MS)).not.toBeNull();
  });
});
