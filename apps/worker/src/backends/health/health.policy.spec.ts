import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BackendHealth } from '#common/contracts/backend-health.js';
import { isIll, judgeCheck } from './health.policy.js';

const check = (isWell: boolean) => ({ isWell, models: isWell ? ['m'] : [] });
const after = (checks: readonly boolean[]): BackendHealth | null =>
  checks.reduce<BackendHealth | null>((health, isWell, at) => judgeCheck(health, check(isWell), at), null);

describe('a backend', () => {
  it('is ill exactly when its last three checks failed, the first ones included', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (checks) => {
        const lastThree = checks.slice(-3);
        const isDown = lastThree.length === 3 && lastThree.every((isWell) => !isWell);
        expect(after(checks)?.is_well).toBe(!isDown);
      }),
    );
  });

  it('keeps the models it named while it says nothing', () => {
    expect(after([true, false])).toEqual({ is_well: true, failures: 1, checked_ms: 1, models: ['m'] });
  });

  it('counts as well when nobody has looked for three intervals', () => {
    const ill = { is_well: false, failures: 3, checked_ms: 1_000, models: [] };
    const times = { interval_ms: 10_000, timeout_ms: 2_000 };
    expect(isIll(ill, times, 37_000)).toBe(true);
    expect(isIll(ill, times, 37_001)).toBe(false);
    expect(isIll({ ...ill, is_well: true }, times, 1_000)).toBe(false);
  });
});
