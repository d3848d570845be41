import { describe, expect, it } from '@jest/globals';
import { configFile, type TierConfig } from '#common/config/config-file.js';
import { Refusal } from '#common/errors/refusal.js';
import { taskOf } from '../../../../test/support/task.js';
import {
  demandOf,
  headroomOf,
  leaseTerms,
  patienceOf,
  requestTokensMax,
  ruleTerms,
  shareOf,
  tierOf,
} from './admission-terms.policy.js';

/** A tier as the configuration reads it: defaults filled in. */
function tier(given: Record<string, unknown>): TierConfig {
  const { own } = configFile.parse({ tiers: { own: given } }).tiers;
  if (own === undefined) throw new Error('no tier');
  return own;
}

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;
const DEMAND = { tokens: 250, nanoUsd: 7 };
const KEY = { keyBudget: { keyId: 'k1', usdPerDay: 0.1 } };
const NO_KEY = { keyBudget: null };

describe('tierOf', () => {
  const { tiers } = configFile.parse({});
  it.each([
    ['premium', 'premium'],
    ['anonymous', 'anonymous'],
    ['a tier that is no longer configured', 'anonymous'],
  ])('of %s is %s', (asked, found) => {
    expect(tierOf(tiers, { tier: asked })).toBe(tiers[found]);
  });

  it('of a configuration without anonymous callers is an error, and no caller’s', () => {
    expect(() => tierOf({}, { tier: 'gone' })).toThrow('tier gone is not configured');
    expect(() => tierOf({}, { tier: 'gone' })).not.toThrow(Refusal);
  });
});

describe('demandOf', () => {
  const task = taskOf({ input_tokens: 3, max_tokens: 100 });
  it.each([
    { price: null, nanoUsd: 0 },
    { price: { input_usd_per_million: 2, output_usd_per_million: 10 }, nanoUsd: 1_006_000 },
    // Sums of dollars are no whole billionths: 3 * 0.1 + 100 * 0.3 millionths.
    { price: { input_usd_per_million: 0.1, output_usd_per_million: 0.3 }, nanoUsd: 30_300 },
    { price: { input_usd_per_million: 0, output_usd_per_million: 0 }, nanoUsd: 0 },
  ])('is input and max_tokens together, at $price: $nanoUsd billionths', ({ price, nanoUsd }) => {
    expect(demandOf(task, price)).toEqual({ tokens: 103, nanoUsd });
  });
});

describe('ruleTerms', () => {
  it('are none for a tier without limits', () => {
    expect(ruleTerms(NO_KEY, tier({}), DEMAND)).toEqual([]);
  });

  it('spend one request, the tokens and the money, each in what its rule is counted', () => {
    const all = tier({
      adaptive_floor: 0.3,
      requests: { per_minute: 60 },
      tokens: { per_minute: 1_000, strategy: 'sliding_window', shadow: true },
      budget: { usd_per_day: 2.5, shadow: true },
    });
    const [bucket, window] = [{ strategy: 'token_bucket' }, { strategy: 'sliding_window' }];
    const minute = { window: MINUTE_US, floor: 0.3 };
    const day = { strategy: 'fixed_window', window: DAY_US, floor: 1 };
    expect(ruleTerms(KEY, all, DEMAND)).toEqual([
      { name: 'requests', ...bucket, ...minute, cost: 1, limit: 60, burst: 60, shadow: false },
      { name: 'tokens', ...window, ...minute, cost: 250, limit: 1_000, burst: 1_000, shadow: true },
      { name: 'budget', ...day, cost: 7, limit: 2.5e9, burst: 2.5e9, shadow: true },
      { name: 'key_budget:k1', ...day, cost: 7, limit: 1e8, burst: 1e8, shadow: false },
    ]);
  });

  it('let a bucket be larger or smaller than a minute’s worth', () => {
    const rules = ruleTerms(NO_KEY, tier({ requests: { per_minute: 0.5, burst: 3 } }), DEMAND);
    expect(rules).toMatchObject([{ limit: 0.5, burst: 3 }]);
  });

  it('spend nothing where somebody only looks', () => {
    const rules = ruleTerms(KEY, tier({ requests: { per_minute: 60 } }), { tokens: 0, nanoUsd: 0 });
    expect(rules.map(({ cost }) => cost)).toEqual([0, 0]);
  });
});

describe('leaseTerms', () => {
  it.each([
    [{}, []],
    [{ queued: { max: 3, shadow: true } }, [{ name: 'queued', max: 3, shadow: true }]],
    [
      { queued: { max: 3 }, concurrent: { max: 2 } },
      [
        { name: 'concurrent', max: 2, shadow: false },
        { name: 'queued', max: 3, shadow: false },
      ],
    ],
  ])('of %j are %j', (given, terms) => {
    expect(leaseTerms(tier(given))).toEqual(terms);
  });
});

describe('requestTokensMax', () => {
  it.each([
    [{}, null],
    [{ request_tokens_max: 50 }, 50],
    [{ tokens: { per_minute: 99.5, strategy: 'fixed_window' } }, 99],
    [{ tokens: { per_minute: 10, burst: 700 } }, 700],
    [{ tokens: { per_minute: 10, burst: 700 }, request_tokens_max: 900 }, 700],
    [{ tokens: { per_minute: 10, burst: 700 }, request_tokens_max: 600 }, 600],
    [{ tokens: { per_minute: 10, shadow: true } }, null],
  ])('of %j is %j', (given, most) => {
    expect(requestTokensMax(tier(given))).toBe(most);
  });
});

describe('headroomOf', () => {
  it('is a tenth less for each greater share that there is, tiers of one share alike, and never less than half', () => {
    const shares = [64, 32, 32, 16, 8, 4, 2, 1, 0.5];
    const all = Object.fromEntries(shares.map((share, at) => [`t${at}`, tier({ share })]));
    const headrooms = Object.values(all).map((each) => Number(headroomOf(each, all).toFixed(9)));
    expect(headrooms).toEqual([1, 0.9, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.5]);
  });
});

describe('patienceOf', () => {
  it.each([
    ['its part of the deadline', 0.8, 1_000, 8_000],
    ['what its own service leaves of the deadline', 1, 1_000, 9_000],
    ['a quarter of the deadline where others take longer than all of it', 0.8, 20_000, 2_500],
    ['its part of the deadline while nobody knows how long a service takes', 0.9, 0, 9_000],
  ])('is %s', (_, headroom, serviceMs, patience) => {
    expect(patienceOf(10_000, headroom, serviceMs)).toBe(patience);
  });
});

describe('shareOf', () => {
  it.each([
    ['high', 8],
    ['normal', 8],
    ['low', 2],
  ] as const)('of %s work of a tier with 8 is %d', (priority, share) => {
    expect(shareOf(tier({ share: 8 }), priority)).toBe(share);
  });
});
