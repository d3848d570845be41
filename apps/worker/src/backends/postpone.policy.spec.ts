import { describe, expect, it } from '@jest/globals';
import { postponeMs } from './postpone.policy.js';

describe('postponeMs', () => {
  it('waits as long as the soonest backend needs', () => {
    expect(postponeMs(7_000, 0, 0)).toBe(7_000);
  });

  it('waits longer each time it comes in vain, and never so long that a recovery is missed', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map((times) => postponeMs(100, times, 0))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
    expect(postponeMs(120_000, 9, 0.999)).toBeLessThan(15_000);
  });

  it('spreads those who come back', () => {
    expect([0, 0.5, 0.999].map((dice) => postponeMs(10_000, 0, dice))).toEqual([10_000, 12_500, 14_995]);
  });
});
