import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ratesOf } from './rates.policy.js';

// Below 0.04 jobs/s the lower bound of what was counted is not worth more than a longer window.
const rate = fc.double({ min: 0.05, max: 200, noNaN: true });
const arrivals = fc.record({ latest: rate, fast: rate, slow: rate, slower: rate });

describe('rates', () => {
  it('of a steady stream are what every window says', () => {
    const even = { latest: 5, fast: 5, slow: 5, slower: 5 };
    expect(ratesOf(even)).toEqual({ now: 5, steady: 5, cautious: 5 });
  });

  it('rise with a wave after seconds, by what chance does not explain', () => {
    // 60 jobs in 6 s where 6 were usual.
    const wave = { latest: 10, fast: 3.7, slow: 1.3, slower: 1.15 };
    const { now, steady } = ratesOf(wave);
    expect(now).toBeCloseTo(10 - 0.9 * Math.sqrt(10 / 6), 10);
    expect(steady).toBeGreaterThan(3);
    expect(steady).toBeLessThan(3.7);
  });

  it('do not rise with a few jobs more than usual', () => {
    expect(ratesOf({ latest: 1.3, fast: 1.1, slow: 1, slower: 1 })).toMatchObject({ now: 1.1, steady: 1 });
  });

  it('forget a wave that is over, and keep what chance may have hidden', () => {
    expect(ratesOf({ latest: 1, fast: 1, slow: 8, slower: 6 })).toEqual({ now: 1, steady: 1, cautious: 1 });
    expect(ratesOf({ latest: 0.5, fast: 0.8, slow: 1, slower: 1.1 }).cautious).toBe(1.1);
  });

  it('are never smaller when more jobs come over every window', () => {
    fc.assert(
      fc.property(arrivals, rate, (before, more) => {
        const busier = {
          latest: before.latest + more,
          fast: before.fast + more,
          slow: before.slow + more,
          slower: before.slower + more,
        };
        const [then, now] = [ratesOf(before), ratesOf(busier)];
        for (const kind of ['now', 'steady', 'cautious'] as const) {
          expect(now[kind]).toBeGreaterThanOrEqual(then[kind] - 1e-9);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
