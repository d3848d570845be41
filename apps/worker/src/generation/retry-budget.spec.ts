import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RetryBudget } from './retry-budget.js';

const withdrawn = (budget: RetryBudget, wanted: number): number =>
  Array.from({ length: wanted }, () => budget.withdraw()).filter(Boolean).length;

describe('RetryBudget', () => {
  it('lends ten retries to a worker that has just begun, and no more', () => {
    const budget = new RetryBudget();
    expect(withdrawn(budget, 20)).toBe(10);
    expect(budget.canRetry()).toBe(false);
  });

  it('earns one retry with exactly ten first attempts', () => {
    const budget = new RetryBudget();
    withdrawn(budget, 10);
    for (let attempt = 0; attempt < 9; attempt++) budget.deposit();
    expect(budget.canRetry()).toBe(false);
    budget.deposit();
    expect(withdrawn(budget, 2)).toBe(1);
  });

  it('saves at most a hundred retries', () => {
    const budget = new RetryBudget();
    for (let attempt = 0; attempt < 100_000; attempt++) budget.deposit();
    expect(withdrawn(budget, 200)).toBe(100);
  });

  it('never allows more retries than ten and a tenth of the first attempts', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (isFirstAttempt) => {
        const budget = new RetryBudget();
        let [attempts, retries] = [0, 0];
        for (const isFirst of isFirstAttempt) {
          if (isFirst) budget.deposit();
          const couldRetry = budget.canRetry();
          if (!isFirst) expect(budget.withdraw()).toBe(couldRetry);
          attempts += isFirst ? 1 : 0;
          retries += !isFirst && couldRetry ? 1 : 0;
          expect(retries).toBeLessThanOrEqual(10 + attempts / 10);
        }
      }),
    );
  });
});
