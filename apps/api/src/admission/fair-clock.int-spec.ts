import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import type { Redis } from 'ioredis';
import { countByName, FairPool } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';

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

describe('the fair clock', () => {
  it('shows the start tag of the job that was begun last, and never goes back', async () => {
    await pool.sendMany(20, { tenant: 'first' });
    await pool.sendMany(20, { tenant: 'second', share: 3 });
    let before = 0;
    for (let count = 0; count < 40; count++) {
      const job = await pool.serve();
      if (job === null) throw new Error('the pool ran dry');
      expect(await pool.clock()).toBe(Math.max(before, await pool.tagOf(job)));
      before = await pool.clock();
    }
    expect(before).toBe(19);
  });

  it('begins anew, with all accounts closed, when a job comes to a pool in which none waits', async () => {
    await pool.sendMany(30, { tenant: 'first' });
    await pool.sendMany(3, { tenant: 'second' });
    await pool.serveMany(33);
    expect(await pool.clock()).toBe(29);
    // One still runs; none waits.
    const job = await pool.send({ tenant: 'second' });
    expect(await pool.tagOf(job)).toBe(0);
    expect(job.admission.priority).toBe(1);
    expect(await pool.clock()).toBe(0);
    const flows = await redis.zrange(keys.poolFinish(pool.pool), '0', '-1');
    expect(flows.every((flow) => flow.startsWith(job.tenant))).toBe(true);
  });

  it('does not begin anew while one job waits', async () => {
    await pool.sendMany(30, { tenant: 'first' });
    await pool.serveMany(29);
    const job = await pool.send({ tenant: 'second' });
    expect(await pool.tagOf(job)).toBe(28);
  });

  it('is not moved by a job that is delivered again, although it began anew since', async () => {
    await pool.sendMany(30, { tenant: 'first' });
    await pool.serveMany(30);
    const last = pool.served.at(-1);
    if (last === undefined) throw new Error('nothing was served');
    await pool.sendMany(5, { tenant: 'second' });
    await pool.deliverAgain(last);
    expect(await pool.clock()).toBe(0);
    const job = await pool.send({ tenant: 'third' });
    expect(await pool.tagOf(job)).toBe(0);
  });
});

describe('a place in the queue', () => {
  it('is given back by a job that is cancelled before it began: after 1,000 of them the next one comes next', async () => {
    const cancelled = await pool.sendMany(1_000, { tenant: 'hasty' });
    await pool.sendMany(50, { tenant: 'patient' });
    await pool.serveMany(10);
    const begun = new Set(pool.served);
    await Promise.all(cancelled.filter((job) => !begun.has(job)).map((job) => pool.cancel(job)));
    await pool.send({ tenant: 'hasty' });
    expect(countByName(await pool.serveMany(2))).toHaveProperty('hasty', 1);
  });

  it('is given back to every flow that paid for it', async () => {
    await pool.sendMany(20, { tenant: 'patient' });
    const highs = await pool.sendMany(100, { tenant: 'hasty', priority: 'high' });
    const before = await pool.admit({ tenant: 'other-hasty' });
    for (const job of highs) await pool.cancel(job);
    for (const priority of ['high', 'normal', 'low'] as const)
      expect(await pool.tagOf(await pool.admit({ tenant: 'hasty', priority }))).toBeLessThanOrEqual(
        (await pool.tagOf(before)) + 2,
      );
  });

  it('is kept by a job that ended after it began: it has used its turn', async () => {
    await pool.sendMany(10, { tenant: 'patient' });
    const [first] = await pool.sendMany(3, { tenant: 'hasty' });
    await pool.serveMany(3);
    if (first === undefined || !pool.served.includes(first)) throw new Error('it has not begun');
    await pool.cancel(first);
    expect(await pool.tagOf(await pool.admit({ tenant: 'hasty' }))).toBe(3);
  });

  it('never takes an account below the clock: who cancels gains no turn', async () => {
    await pool.sendMany(60, { tenant: 'patient' });
    const cancelled = await pool.sendMany(30, { tenant: 'hasty' });
    await pool.serveMany(20);
    const begun = new Set(pool.served);
    for (const job of cancelled.filter((each) => !begun.has(each))) await pool.cancel(job);
    await pool.sendMany(20, { tenant: 'hasty' });
    expect(countByName(await pool.serveMany(20))).toEqual({ hasty: 10, patient: 10 });
  });
});

describe('what the clock has passed', () => {
  it('takes no room for ever: accounts of tenants without work go while the pool stays busy', async () => {
    await pool.sendMany(300, { tenant: 'busy' });
    for (let at = 0; at < 50; at++) await pool.send({ tenant: `passing-${at}` });
    await pool.serveMany(250);
    const buckets = await redis.keys(`${keys.poolCounters(pool.pool)}:*`);
    expect(await redis.zcard(keys.poolFinish(pool.pool))).toBe(102);
    // The next admission opens a new bucket of counters, as it does every 10 s.
    await redis.del(buckets);
    await pool.send({ tenant: 'busy' });
    expect(await redis.zcard(keys.poolFinish(pool.pool))).toBeLessThanOrEqual(3);
  });
});
