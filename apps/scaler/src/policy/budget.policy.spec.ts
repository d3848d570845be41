import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BudgetPool, shareBudget } from './budget.policy.js';

const aPool = (pool: string, changes: Partial<BudgetPool> = {}): BudgetPool => ({
  pool,
  desired: 6,
  min: 1,
  cost: 1,
  slots: 4,
  offered_slots: 8,
  service_s: 5,
  wait_objective_s: 15,
  ...changes,
});

describe('a budget', () => {
  it('is divided equally between equals', () => {
    expect(shareBudget([aPool('a'), aPool('b')], 8)).toEqual({ a: 4, b: 4 });
  });

  it('goes first where a worker helps most, and counts what it costs', () => {
    const shares = shareBudget(
      [aPool('busy', { offered_slots: 16 }), aPool('quiet', { offered_slots: 1 })],
      6,
    );
    expect(shares).toEqual({ busy: 5, quiet: 1 });
    const dear = shareBudget([aPool('cheap'), aPool('dear', { cost: 4 })], 8);
    expect(dear).toEqual({ cheap: 4, dear: 1 });
  });

  it('gives nobody more than it wants or less than its min, and spends no more than there is beyond that', () => {
    const pools = fc.array(
      fc.record({
        desired: fc.nat(12),
        min: fc.nat(3),
        cost: fc.integer({ min: 1, max: 4 }),
        offered_slots: fc.double({ min: 0, max: 40, noNaN: true }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(pools, fc.nat(60), (given, budget) => {
        const all = given.map((each, index) => aPool(`p${index}`, each));
        const shares = shareBudget(all, budget);
        const least = all.reduce((sum, { min, desired, cost }) => sum + Math.min(min, desired) * cost, 0);
        const spent = all.reduce((sum, { pool, cost }) => sum + (shares[pool] ?? 0) * cost, 0);
        expect(spent).toBeLessThanOrEqual(Math.max(budget, least));
        for (const { pool, desired, min } of all) {
          expect(shares[pool]).toBeLessThanOrEqual(desired);
          expect(shares[pool]).toBeGreaterThanOrEqual(Math.min(min, desired));
        }
      }),
    );
  });
});
