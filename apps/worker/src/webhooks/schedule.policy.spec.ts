import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WEBHOOK_ATTEMPTS } from '#common/queue/webhook-queue.js';
import { judgeFailure, WEBHOOK_STEPS_MS } from './schedule.policy.js';

const HOUR_MS = 3_600_000;
const numbers = fc.integer({ min: 1, max: WEBHOOK_STEPS_MS.length });
const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const stepOf = (number: number): number => WEBHOOK_STEPS_MS[number - 1] ?? Number.NaN;

describe('the schedule of attempts', () => {
  it('has as many attempts as the queue gives, and the last is the end', () => {
    expect(WEBHOOK_STEPS_MS).toHaveLength(WEBHOOK_ATTEMPTS - 1);
    expect(judgeFailure({ number: WEBHOOK_ATTEMPTS, retryAfterMs: null, dice: 0.5 })).toBeNull();
    expect(judgeFailure({ number: WEBHOOK_ATTEMPTS, retryAfterMs: 1_000, dice: 0.5 })).toBeNull();
  });

  it('waits 5 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, 12 h and 24 h, and lasts about 45 h in all', () => {
    const waits = WEBHOOK_STEPS_MS.map((_, index) =>
      judgeFailure({ number: index + 1, retryAfterMs: null, dice: 0.5 }),
    );
    expect(waits).toEqual([
      5_000, 30_000, 120_000, 600_000, 1_800_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
    ]);
    const hours = waits.reduce<number>((sum, ms) => sum + (ms ?? 0), 0) / HOUR_MS;
    expect(hours).toBeCloseTo(44.7, 1);
  });

  it('keeps within 20 % of the step, whatever the dice say', () => {
    fc.assert(
      fc.property(numbers, dice, (number, thrown) => {
        const ms = judgeFailure({ number, retryAfterMs: null, dice: thrown }) ?? Number.NaN;
        expect(ms).toBeGreaterThanOrEqual(0.8 * stepOf(number) - 1);
        expect(ms).toBeLessThanOrEqual(1.2 * stepOf(number) + 1);
      }),
    );
  });

  it('waits as long as the receiver asks, at most twice the step, and never less than its own wait', () => {
    expect(judgeFailure({ number: 1, retryAfterMs: 8_000, dice: 0.5 })).toBe(8_000);
    expect(judgeFailure({ number: 1, retryAfterMs: 600_000, dice: 0.5 })).toBe(10_000);
    expect(judgeFailure({ number: 2, retryAfterMs: 1_000, dice: 0.5 })).toBe(30_000);
    fc.assert(
      fc.property(numbers, dice, fc.nat(), (number, thrown, retryAfterMs) => {
        const ms = judgeFailure({ number, retryAfterMs, dice: thrown }) ?? Number.NaN;
        expect(ms).toBeLessThanOrEqual(2 * stepOf(number));
        expect(ms).toBeGreaterThanOrEqual(0.8 * stepOf(number) - 1);
      }),
    );
  });
});
