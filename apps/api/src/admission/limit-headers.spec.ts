import { describe, expect, it } from '@jest/globals';
import { rule } from '../../../../test/support/admission.js';
import type { LimitsLeft } from './admission-answer.js';
import { duration, limitHeaders } from './limit-headers.js';

const tokens = rule({ name: 'tokens', limit: 1_000.5, burst: 2_000 });
const budget = rule({ name: 'budget', strategy: 'fixed_window', limit: 1e9 });
const concurrent = { name: 'concurrent', max: 5, shadow: false } as const;

describe('limitHeaders', () => {
  it('show rates and what is held as the draft writes it, and rates as OpenAI does', () => {
    const counted = { rules: [rule(), tokens, budget], leases: [concurrent] };
    const left: LimitsLeft = {
      requests: [9, 1_001],
      tokens: [750, 61_234],
      budget: [5e8, 1],
      concurrent: [3, 0],
    };
    expect(limitHeaders(counted, left)).toEqual({
      'ratelimit-policy':
        '"requests";q=60;w=60, "tokens";q=1000;w=60;qu="tokens", "concurrent";q=5;qu="concurrent-requests"',
      ratelimit: '"requests";r=9;t=2, "tokens";r=750;t=62, "concurrent";r=3',
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '9',
      'x-ratelimit-reset-requests': '1.1s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '750',
      'x-ratelimit-reset-tokens': '1m1.3s',
    });
  });

  it.each([
    { what: 'nothing', counted: { rules: [], leases: [] } },
    { what: 'a budget only', counted: { rules: [budget], leases: [] } },
    {
      what: 'rules in shadow only',
      counted: { rules: [rule({ shadow: true })], leases: [{ ...concurrent, shadow: true }] },
    },
  ])('are none for a caller whom $what limits', ({ counted }) => {
    expect(limitHeaders(counted, { requests: [1, 1], budget: [1, 1], concurrent: [1, 0] })).toEqual({});
  });

  it('say that nothing is left of a rule of which nothing is known', () => {
    const headers = limitHeaders({ rules: [rule()], leases: [concurrent] }, {});
    expect(headers).toMatchObject({ ratelimit: '"requests";r=0;t=0, "concurrent";r=0' });
    expect(headers).toMatchObject({ 'x-ratelimit-remaining-requests': '0' });
  });
});

describe('duration', () => {
  it.each([
    [0, '0ms'],
    [19.2, '20ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_401, '1.5s'],
    [59_901, '1m0s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [3_690_100, '61m30.1s'],
  ])('of %d ms is %s', (ms, written) => {
    expect(duration(ms)).toBe(written);
  });
});
