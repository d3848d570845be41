import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { digest } from '#common/contracts/digest.js';
import { keys } from '#common/redis/keys.js';
import type { JobRef } from '#common/settlement/settlement.js';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { AGES_US, ALICE, rule, spendingRules } from '../../../../test/support/admission.js';
import { budget, lease, limitedBy, terms, tokens, used } from '../../../../test/support/limited.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';

const DAY_MS = 24 * 3_600_000;
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

describe('a job that several rules refuse', () => {
  const minute = rule({ name: 'requests', limit: 1, burst: 1 });
  const ages = tokens({ limit: 100, burst: 100 });
  it.each([
    { what: 'the longest wait', rules: [minute, ages], named: 'tokens' },
    { what: 'the longest wait, in whatever order', rules: [ages, minute], named: 'tokens' },
    { what: 'a rate rather than a lease, of which nobody knows', rules: [minute], named: 'requests' },
    { what: 'a lease, if only leases refuse', rules: [], named: 'concurrent' },
    {
      what: 'no rule in shadow, though it has the longest wait',
      rules: [minute, { ...ages, shadow: true }],
      named: 'requests',
    },
  ])('is told $what', async ({ rules, named }) => {
    const all = terms(rules, [lease('concurrent', 1), lease('queued', 1)]);
    expect(await limits.ask(all)).toMatchObject({ kind: 'admitted' });
    const refused = await limits.ask(all);
    expect(refused).toMatchObject({ kind: 'refused', rule: named });
    expect(refused).toMatchObject({ limits: { concurrent: [0, 0], queued: [0, 0] } });
  });
});

describe('a rule in shadow', () => {
  it('counts what fits, names what it would have refused, and refuses nobody', async () => {
    const rules = spendingRules({ requests: 2, tokens: 2, budget: 2, 'key_budget:k1': 2 });
    const shadows = rules.map((each) => ({ ...each, shadow: true }));
    const all = terms(shadows, [lease('concurrent', 2, true), lease('queued', 2, true)]);
    for (let at = 0; at < 2; at++)
      expect(await limits.ask(all)).toMatchObject({ kind: 'admitted', shadowed: [] });
    const names = ['concurrent', 'queued', 'requests', 'tokens', 'budget', 'key_budget:k1'];
    for (let at = 0; at < 2; at++)
      expect(await limits.ask(all)).toMatchObject({ kind: 'admitted', shadowed: names });
    expect(Object.values(await limits.left(rules))).toEqual([0, 0, 0, 0]);
  });
});

describe('what rules have counted', () => {
  const end = () => redis.pexpiretime(keys.tenantLimits(ALICE.tenant));

  it.each(STRATEGIES)(
    'ends by itself, within a minute after all of it is back and not before (%s)',
    async (strategy) => {
      const admission = await limits.ask(terms([tokens({ strategy, window: 60_000_000 })]), {
        deadlineMs: 1,
      });
      if (admission.kind !== 'admitted') throw new Error(admission.kind);
      const [, resetMs] = admission.limits['tokens'] ?? [0, 0];
      expect(resetMs).toBeGreaterThan(0);
      const lives = (await end()) - admission.at_ms;
      expect(lives).toBeGreaterThanOrEqual(resetMs);
      expect(lives).toBeLessThanOrEqual(resetMs + 61_001);
    },
  );

  it('is kept as long as a job may end that uses more than it reserved, even when all of that is back', async () => {
    const admission = await limits.ask(terms([tokens({ cost: 1, window: 60_000_000 })]));
    if (admission.kind !== 'admitted') throw new Error(admission.kind);
    expect((await end()) - admission.at_ms).toBeGreaterThanOrEqual(600_000);
  });

  it('lives longer when more was used than reserved', async () => {
    const job = await limits.admitted(terms([tokens({ window: 60_000_000 })]), { deadlineMs: 1 });
    const before = await end();
    await limits.settle(job, used(1_000));
    expect((await end()) - before).toBe(900 * 60);
  });

  it('in a day is not forgotten after a request that costs nothing in it', async () => {
    const day = budget(5, 0.5);
    await limits.admitted(terms([rule(), day]));
    const before = await end();
    await limits.admitted(terms([rule(), { ...day, cost: 0 }]));
    expect(await end()).toBeGreaterThan(before - 10_000);
  });

  it('under one key of a tenant is not forgotten after a request under another', async () => {
    await limits.admitted(terms([rule()]), { caller: { ...ALICE, kind: 'key' } });
    expect(await end()).toBeGreaterThan(Date.now() + DAY_MS);
  });
});

describe('200 identical requests over eight connections', () => {
  it('spend once in every rule, and hold one job', async () => {
    const connections = Array.from({ length: 8 }, () => new Redis(server.redis.url));
    const idempotency = { key: digest('key'), body: digest('body') };
    const rules = spendingRules();
    const all = terms(rules, [lease('concurrent', 1), lease('queued', 1)]);
    const answers = await Promise.all(
      connections.flatMap((each) =>
        Array.from({ length: 25 }, () => limitedBy(each).ask(all, { idempotency })),
      ),
    );
    for (const each of connections) each.disconnect();
    expect(answers.filter(({ kind }) => kind === 'replayed')).toHaveLength(199);
    expect(answers.filter(({ kind }) => kind === 'admitted')).toHaveLength(1);
    expect(Object.values(await limits.left(rules))).toEqual([999, 999, 999, 999]);
    expect(await redis.zcard(keys.tenantInFlight(ALICE.tenant))).toBe(1);
  });
});

describe('while backends fail', () => {
  it.each([
    { factors: ['0.5'], floor: 0.1, admits: 5 },
    { factors: ['0.5', '1'], floor: 0.1, admits: 7 },
    { factors: ['0.1'], floor: 0.8, admits: 8 },
  ])('a limit of 10 with factors $factors and a floor of $floor admits $admits', async (row) => {
    const { factors, floor, admits } = row;
    const field = keys.adaptiveFactors(digest('sim-fast', 16));
    for (const [at, factor] of factors.entries()) await redis.hset(field, `backend-${at}`, factor);
    const rules = [rule({ strategy: 'fixed_window', limit: 10, floor, window: AGES_US })];
    for (let at = 0; at < admits; at++) await limits.admitted(terms(rules));
    expect(await limits.ask(terms(rules))).toMatchObject({ kind: 'refused', rule: 'requests' });
  });
});

describe('a limit on what is held at once', () => {
  it('admits exactly while fewer are held, whatever is admitted, begun and ended', async () => {
    const MOVES = ['admit', 'admit', 'begin', 'end'] as const;
    const moves = fc.array(fc.tuple(fc.constantFrom(...MOVES), fc.nat(20)), { maxLength: 40 });
    const play = async (concurrent: number, queued: number, path: [(typeof MOVES)[number], number][]) => {
      await redis.flushall();
      const most = terms([], [lease('concurrent', concurrent), lease('queued', queued)]);
      let waiting: JobRef[] = [];
      let running: JobRef[] = [];
      for (const [move, pick] of path) {
        if (move === 'admit') {
          const fits = waiting.length < queued && waiting.length + running.length < concurrent;
          if (fits) waiting.push(await limits.admitted(most));
          else expect(await limits.ask(most)).toMatchObject({ kind: 'refused' });
          continue;
        }
        const held = move === 'begin' ? waiting : [...waiting, ...running];
        const job = held[pick % held.length];
        if (job === undefined) continue;
        await (move === 'begin' ? limits.begin(job) : limits.settle(job, used(1)));
        waiting = waiting.filter((each) => each !== job);
        running = running.filter((each) => each !== job).concat(move === 'begin' ? [job] : []);
      }
    };
    const sizes = fc.integer({ min: 1, max: 5 });
    await fc.assert(fc.asyncProperty(sizes, sizes, moves, play), { numRuns: 60 });
  });
});
