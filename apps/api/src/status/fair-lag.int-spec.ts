import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import type { Redis } from 'ioredis';
import { callerCalled } from '../../../../test/support/admission.js';
import { FairPool } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { readFairLag } from './fair-lag.js';

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

const tenantOf = (name: string): string => callerCalled(name).tenant;

describe('the lag of a flow', () => {
  it('is how far its next job’s start tag is ahead of the clock', async () => {
    await pool.sendMany(10, { tenant: 'flood' });
    await pool.sendMany(2, { tenant: 'modest' });
    await pool.serveMany(5);
    const clock = await pool.clock();
    for (const name of ['flood', 'modest']) {
      const before = await readFairLag(redis, pool.pool);
      const flow = before.find(({ tenant, priority }) => tenant === tenantOf(name) && priority === 'normal');
      const tag = await pool.tagOf(await pool.admit({ tenant: name }));
      expect(tag).toBe(clock + (flow?.lag_jobs ?? 0));
    }
  });

  it('is told for each priority apart, the farthest first', async () => {
    await pool.send({ tenant: 'tenant', priority: 'high' });
    await pool.send({ tenant: 'tenant', priority: 'normal' });
    await pool.send({ tenant: 'tenant', priority: 'low' });
    const tenant = tenantOf('tenant');
    expect(await readFairLag(redis, pool.pool)).toEqual([
      { tenant, priority: 'low', lag_jobs: 6 },
      { tenant, priority: 'normal', lag_jobs: 2 },
      { tenant, priority: 'high', lag_jobs: 1 },
    ]);
  });

  it('is not told of whom the clock has passed', async () => {
    await pool.send({ tenant: 'passed' });
    await pool.sendMany(10, { tenant: 'flood' });
    await pool.serveMany(7);
    const tenants = (await readFairLag(redis, pool.pool)).map(({ tenant }) => tenant);
    expect(new Set(tenants)).toEqual(new Set([tenantOf('flood')]));
  });

  it('is rounded to thousandths of a job', async () => {
    await pool.send({ tenant: 'third', share: 3 });
    expect((await readFairLag(redis, pool.pool)).map(({ lag_jobs }) => lag_jobs)).toEqual([0.333, 0.333]);
  });
});

describe('the list of lags', () => {
  it('is empty for a pool that never had a job', async () => {
    expect(await readFairLag(redis, 'other')).toEqual([]);
  });

  it('ends after the 50 farthest', async () => {
    await pool.redis.zadd(
      keys.poolFinish(pool.pool),
      ...Array.from({ length: 60 }, (_, at) => [at + 1, `tenant-${at}`]).flat(),
    );
    const lags = (await readFairLag(redis, pool.pool)).map(({ lag_jobs }) => lag_jobs);
    expect(lags).toEqual(Array.from({ length: 50 }, (_, at) => 60 - at));
  });
});
