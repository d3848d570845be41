import { describe, expect, it } from '@jest/globals';
import { rule } from '../../../../test/support/admission.js';
import type { LimitsLeft } from '../admission/admission-answer.js';
import { viewRules } from './rate-limits-view.js';
import { rateLimitsView } from './rate-limits.schema.js';

const DAY_US = 86_400_000_000;
const day = rule({ name: 'budget', strategy: 'fixed_window', limit: 2.5e9, burst: 2.5e9, window: DAY_US });

describe('viewRules', () => {
  it.each([
    {
      of: 'a bucket, with its size',
      counted: { rules: [rule()], leases: [] },
      view: { rule: 'requests', strategy: 'token_bucket', limit: 60, window_seconds: 60, burst: 10 },
    },
    {
      of: 'a window, which has no burst',
      counted: { rules: [rule({ name: 'tokens', strategy: 'sliding_window', shadow: true })], leases: [] },
      view: { rule: 'tokens', strategy: 'sliding_window', burst: null, shadow: true },
    },
    {
      of: 'a budget, in dollars',
      counted: { rules: [day], leases: [] },
      view: { rule: 'budget', limit: 2.5, window_seconds: 86_400, burst: null, remaining: 7e-9 },
    },
    {
      of: 'a key’s budget, without the key',
      counted: { rules: [{ ...day, name: 'key_budget:k1' }], leases: [] },
      view: { rule: 'key_budget', limit: 2.5, remaining: 7e-9 },
    },
    {
      of: 'what is held at once, which no time gives back',
      counted: { rules: [], leases: [{ name: 'concurrent' as const, max: 3, shadow: false }] },
      view: { rule: 'concurrent', strategy: 'concurrency', limit: 3, window_seconds: null, reset_seconds: 0 },
    },
  ])('show $of', ({ counted, view }) => {
    const left = [...counted.rules, ...counted.leases].map(({ name }) => [name, [7, 1_001]]);
    const rules = viewRules(counted, Object.fromEntries(left) as LimitsLeft);
    const remaining = { remaining: 7, reset_seconds: 2, shadow: false };
    expect(rules).toMatchObject([{ ...remaining, ...view }]);
    expect(rateLimitsView.shape.rules.parse(rules)).toEqual(rules);
  });

  it('show nothing left where nothing is known, and nothing for whom nothing limits', () => {
    expect(viewRules({ rules: [rule()], leases: [] }, {})).toMatchObject([
      { remaining: 0, reset_seconds: 0 },
    ]);
    expect(viewRules({ rules: [], leases: [] }, {})).toEqual([]);
  });
});
