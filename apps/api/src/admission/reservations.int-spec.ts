import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NANO_PER_USD } from '#common/contracts/price.js';
import { Redis } from 'ioredis';
import { AGES_US, rule } from '../../../../test/support/admission.js';
import { budget, limitedBy, terms, tokens, used } from '../../../../test/support/limited.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import type { RuleTerm } from './admission-terms.policy.js';

const STRATEGIES = ['token_bucket', 'sliding_window', 'fixed_window'] as const;

let server: OwnRedis;
let redis: Redis;
let limits: ReturnType<typeof limitedBy>;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  limits = limitedBy(redis);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

describe('a reservation', () => {
  it.each(STRATEGIES)('is settled on what was used, less or more (%s)', async (strategy) => {
    const rules = [tokens({ strategy })];
    const [less, more, exact] = [
      await limits.admitted(terms(rules)),
      await limits.admitted(terms(rules)),
      await limits.admitted(terms(rules)),
    ];
    expect(await limits.left(rules)).toEqual({ tokens: 700 });
    await limits.settle(less, used(30));
    expect(await limits.left(rules)).toEqual({ tokens: 770 });
    await limits.settle(more, used(450));
    expect(await limits.left(rules)).toEqual({ tokens: 420 });
    await limits.settle(exact, used(100));
    await limits.settle(less, used(0));
    expect(await limits.left(rules)).toEqual({ tokens: 420 });
  });

  it.each([
    { end: 'completed', started: true, ending: used(30, 0.25), spent: [1, 30, 0.25] },
    { end: 'completed at a price that nobody knows', started: true, ending: used(30), spent: [1, 30, 0.5] },
    { end: 'cancelled before it starts', started: false, ending: { status: 'cancelled' }, spent: [1, 0, 0] },
    { end: 'cancelled while it runs', started: true, ending: { status: 'cancelled' }, spent: [1, 100, 0.5] },
    { end: 'expired before it starts', started: false, ending: { status: 'expired' }, spent: [1, 0, 0] },
    { end: 'failed', started: true, ending: { status: 'failed' }, spent: [1, 0, 0] },
    { end: 'void', started: false, ending: { status: 'failed', isVoid: true }, spent: [0, 0, 0] },
    { end: 'void after it ran', started: true, ending: { ...used(30), isVoid: true }, spent: [0, 0, 0] },
  ] as const)('of a job that is $end leaves $spent spent: requests, tokens, dollars', async (row) => {
    const { started, ending, spent } = row;
    const forKey = { ...budget(5, 0.5), name: 'key_budget:k1' };
    const rules = [rule({ limit: 10, window: AGES_US }), tokens(), budget(5, 0.5), forKey];
    const job = await limits.admitted(terms(rules));
    if (started) await limits.begin(job);
    await limits.settle(job, { outcome: { attempts: 1 }, ...ending });
    const [requests, ofTokens, usd] = spent;
    expect(await limits.left(rules)).toEqual({
      requests: 10 - requests,
      tokens: 1_000 - ofTokens,
      budget: (5 - usd) * NANO_PER_USD,
      'key_budget:k1': (5 - usd) * NANO_PER_USD,
    });
  });

  it.each(STRATEGIES)('still settles right after the limit was changed (%s)', async (strategy) => {
    const rules = [tokens({ strategy })];
    const job = await limits.admitted(terms(rules));
    const now = [tokens({ strategy, limit: 200, burst: 500, cost: 50 })];
    const other = await limits.admitted(terms(now));
    await limits.settle(job, used(0));
    await limits.settle(other, used(0));
    expect(await limits.left(rules)).toEqual({ tokens: 1_000 });
    expect(await limits.left(now)).toEqual({ tokens: strategy === 'token_bucket' ? 500 : 200 });
  });

  it('still settles right after the strategy was changed: where it was spent', async () => {
    const [before, after] = [[tokens()], [tokens({ strategy: 'sliding_window' })]];
    const job = await limits.admitted(terms(before));
    await limits.admitted(terms(after));
    await limits.settle(job, used(40));
    expect([await limits.left(before), await limits.left(after)]).toEqual([{ tokens: 960 }, { tokens: 900 }]);
  });
});

describe('a budget', () => {
  it('is counted in billionths of a dollar, up to nine million dollars, and not one is lost', async () => {
    const limit = 9e15;
    const nano = (cost: number): RuleTerm[] => [{ ...budget(0, 0), limit, cost }];
    await limits.admitted(terms(nano(limit - 3)));
    for (let at = 0; at < 3; at++) await limits.admitted(terms(nano(1)));
    expect(await limits.ask(terms(nano(1)))).toMatchObject({ kind: 'refused', rule: 'budget' });
    await limits.admitted(terms(nano(0)));
  });

  it('of a tenth of a dollar pays ten times for a hundredth, as sums of dollars would not', async () => {
    const rules = [budget(0.1, 0.01)];
    for (let at = 0; at < 10; at++) await limits.settle(await limits.admitted(terms(rules)), used(1, 0.01));
    expect(await limits.ask(terms(rules))).toMatchObject({ kind: 'refused' });
  });
});
