import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import { keys } from '#common/redis/keys.js';
import type { Redis } from 'ioredis';
import { type FairJob, FairPool } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { FairRebase, type RebaseParts } from './fair-rebase.js';

/** At this cost a tenant of share 1 comes to where a rebase is due, 2^17, with its 132nd job. */
const DEAR = 1_000;
const DUE_AT = 2 ** 17;
const PRIORITY_MAX = 2 ** 21 - 1;
const logger = createLogger({ level: 'silent', app: 'api', instance: 'api-1', isPretty: false });

let server: OwnRedis;
let redis: Redis;
let pool: FairPool;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  pool = new FairPool(redis);
});
afterEach(() => pool.empty());
afterAll(async () => {
  await pool.close();
  redis.disconnect();
  await server.end();
});

/** A rebase as one API process has it, with its own count of those it finished. */
function rebaseOf({
  queues = pool.queues,
  stragglers = async () => undefined,
}: { queues?: RebaseParts['queues']; stragglers?: () => Promise<unknown> } = {}) {
  const metrics = new Metrics({});
  const rebase = new FairRebase({ redis, queues, metrics, logger }, stragglers);
  const finished = async () => {
    const { values } = await metrics.counter('sluice_fair_queue_rebases_total').get();
    return values.reduce((sum, { value }) => sum + value, 0);
  };
  return { rebase, finished };
}

/** Two tenants with work, one of them far ahead of the other, and a clock that has just passed the threshold. */
async function makeDue(): Promise<void> {
  await pool.sendMany(200, { tenant: 'dear', cost: DEAR });
  await pool.sendMany(60, { tenant: 'idle-later', cost: DEAR * 3 });
  while ((await pool.clock()) <= DUE_AT) await pool.serve();
}

const isDue = async (): Promise<boolean> =>
  (await pool.send({ tenant: 'asking', cost: 0.01 })).admission.is_rebase_due;

const base = async (): Promise<number> => Number(await redis.hget(keys.poolFair(pool.pool), 'base'));

/** The priority that each waiting job should have by its tag, in the order of the queue. */
async function expectRight(): Promise<void> {
  const from = await base();
  const waiting = await pool.waiting();
  const tags = await Promise.all(
    waiting.map(async ({ id }) => Number(await redis.hget(keys.job(id), 'tag'))),
  );
  const right = tags.map((tag) => Math.max(1, Math.min(PRIORITY_MAX, Math.floor((tag - from) * 8) + 1)));
  expect(waiting.length).toBeGreaterThan(0);
  expect(waiting.map(({ priority }) => priority)).toEqual(right);
}

const order = async (): Promise<string[]> => (await pool.waiting()).map(({ id }) => id);

describe('a rebase', () => {
  it('is due once the clock is half way to the ceiling, and not before', async () => {
    await pool.sendMany(200, { tenant: 'dear', cost: DEAR });
    await pool.serveMany(132);
    expect([await pool.clock(), await isDue()]).toEqual([131_000, false]);
    await pool.serve(); // The one that asked.
    await pool.serve();
    expect([await pool.clock(), await isDue()]).toEqual([132_000, true]);
  });

  it('moves every waiting job to where its tag belongs, in the same order, and is then no longer due', async () => {
    await makeDue();
    const before = await order();
    const { rebase, finished } = rebaseOf();
    rebase.start(pool.pool);
    await rebase.idle();
    expect(await base()).toBe(Math.floor(await pool.clock()));
    expect(await order()).toEqual(before);
    await expectRight();
    expect(await finished()).toBe(1);
    expect(await isDue()).toBe(false);
  });

  it('loses no job and starves none while jobs are admitted and taken', async () => {
    await makeDue();
    const { rebase } = rebaseOf();
    const known = new Set(await order());
    rebase.start(pool.pool);
    const [late] = await Promise.all([
      pool.sendMany(300, { tenant: 'late', cost: 10 }),
      pool.serveMany(40),
      rebase.idle(),
    ]);
    const begun = new Set(pool.served.map(({ id }) => id));
    const expected = [...known, ...late.map(({ id }) => id)].filter((id) => !begun.has(id));
    expect((await order()).sort()).toEqual(expected.sort());
    await expectRight();
    const rest = await pool.serveMany(1_000);
    expect(rest).toHaveLength(expected.length);
    const tags = await Promise.all(rest.map((job) => pool.tagOf(job)));
    const eighths = tags.map((tag) => Math.floor(tag * 8));
    expect(eighths).toEqual([...eighths].sort((left, right) => left - right));
  });

  it('finds a job that was admitted before and queued after the base moved', async () => {
    await makeDue();
    const straggler = await pool.admit({ tenant: 'straggler' });
    expect(straggler.admission.priority).toBeGreaterThan(DUE_AT * 8);
    const { rebase } = rebaseOf({ stragglers: () => pool.add(straggler) });
    rebase.start(pool.pool);
    await rebase.idle();
    await expectRight();
    expect((await order()).indexOf(straggler.id)).toBeLessThanOrEqual(1);
    expect((await pool.waiting()).find(({ id }) => id === straggler.id)?.priority).toBeLessThan(10_000);
  });

  it('moves 20,000 jobs in steps of 2,000, twice', async () => {
    await makeDue();
    const planted = Array.from({ length: 20_000 }, (_, at) => ({
      id: `planted-${at}`,
      tag: 132_001 + at * 3,
    }));
    const key = pool.queues.prioritizedKey(pool.pool);
    for (let from = 0; from < planted.length; from += 1_000) {
      const pipeline = redis.pipeline();
      for (const { id, tag } of planted.slice(from, from + 1_000)) {
        pipeline.hset(keys.job(id), 'tag', tag);
        pipeline.zadd(key, (tag * 8 + 1) * 2 ** 32 + 10_000 + tag, id);
      }
      await pipeline.exec();
    }
    const before = await order();
    let steps = 0;
    const counting: RebaseParts['queues'] = {
      pools: [],
      prioritizedKey: (name: string) => {
        steps += 1;
        return pool.queues.prioritizedKey(name);
      },
    };
    const { rebase } = rebaseOf({ queues: counting });
    rebase.start(pool.pool);
    await rebase.idle();
    expect(await order()).toEqual(before);
    await expectRight();
    expect(steps).toBe(2 + 2 * (Math.floor(before.length / 2_000) + 1));
  });
});

describe('of several processes', () => {
  it('one alone moves the base, however often all are told that it is due', async () => {
    await makeDue();
    const both = [rebaseOf(), rebaseOf()];
    for (const { rebase } of [...both, ...both]) rebase.start(pool.pool);
    await Promise.all(both.map(({ rebase }) => rebase.idle()));
    const counts = await Promise.all(both.map(({ finished }) => finished()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    await expectRight();
  });

  it.each([1, 2])(
    'another one finishes what one left after %d steps, within 10 s of its last',
    async (left) => {
      await makeDue();
      const before = await order();
      let steps = 0;
      const dying: RebaseParts['queues'] = {
        pools: [],
        prioritizedKey: (name: string) => {
          if (steps++ === left) throw new Error('the process is gone');
          return pool.queues.prioritizedKey(name);
        },
      };
      const first = rebaseOf({ queues: dying });
      first.rebase.start(pool.pool);
      await first.rebase.idle();
      expect(await first.finished()).toBe(0);

      const second = rebaseOf();
      second.rebase.start(pool.pool);
      await second.rebase.idle();
      expect(await second.finished()).toBe(0);
      const heldMs = await redis.pttl(keys.poolRebase(pool.pool));
      expect(heldMs).toBeGreaterThan(0);
      expect(heldMs).toBeLessThanOrEqual(10_000);

      await redis.del(keys.poolRebase(pool.pool)); // As its end does.
      expect(await isDue()).toBe(true);
      second.rebase.start(pool.pool);
      await second.rebase.idle();
      expect(await second.finished()).toBe(1);
      await expectRight();
      expect((await order()).filter((id) => before.includes(id))).toEqual(before);
      expect(await isDue()).toBe(false);
    },
  );
});

describe('a tag beyond what BullMQ can count', () => {
  it('waits at the ceiling, and comes to its right place with the next rebase', async () => {
    const far: FairJob[] = await pool.sendMany(400, { tenant: 'far', cost: DEAR });
    expect((await pool.waiting()).at(-1)?.priority).toBe(PRIORITY_MAX);
    const near = await pool.send({ tenant: 'near' });
    while ((await pool.clock()) <= DUE_AT + 10_000) await pool.serve();
    expect(pool.served).toContain(near);
    const { rebase } = rebaseOf();
    rebase.start(pool.pool);
    await rebase.idle();
    await expectRight();
    const rest = await pool.serveMany(1_000);
    expect(rest).toEqual(far.slice(-rest.length));
  });
});
