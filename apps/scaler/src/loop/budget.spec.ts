import { describe, expect, it } from '@jest/globals';
import { Budget, type Claim, type ShareBudget } from './budget.js';

const claim = (pool: string, desired: number, alive: number): Claim => ({
  pool,
  desired,
  min: 1,
  cost: 1,
  slots: 4,
  offered_slots: 1,
  service_s: 1,
  wait_objective_s: 15,
  current: alive,
  alive,
});

const halves: ShareBudget = (pools, budget) =>
  Object.fromEntries(pools.map(({ pool }) => [pool, Math.floor(budget / pools.length)]));

describe('the budget', () => {
  it('leaves everybody what they want while it is enough', () => {
    const budget = new Budget(['a', 'b'], 10, halves);
    budget.allowance(claim('a', 4, 4));
    expect(budget.allowance(claim('b', 6, 2))).toBeNull();
    expect(new Budget(['a'], null, halves).allowance(claim('a', 1_000, 0))).toBeNull();
  });

  it('lets nobody grow before everybody has spoken', () => {
    expect(new Budget(['a', 'b'], 10, halves).allowance(claim('a', 9, 2))).toBe(2);
  });

  it('is shared when all together want more', () => {
    const budget = new Budget(['a', 'b'], 10, halves);
    budget.allowance(claim('a', 9, 1));
    expect(budget.allowance(claim('b', 9, 1))).toBe(5);
  });

  it('is not exceeded while another pool has not made room yet', () => {
    const budget = new Budget(['a', 'b'], 10, halves);
    budget.allowance(claim('a', 9, 8));
    expect(budget.allowance(claim('b', 9, 1))).toBe(2);
    expect(budget.allowance(claim('a', 9, 8))).toBe(5);
  });
});
