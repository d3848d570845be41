import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type WorkerPresence } from '#common/contracts/worker-presence.js';
import { keys } from '#common/redis/keys.js';
import { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { FairPool } from '../../../../test/support/fair-pool.js';
import { presenceOf } from '../../../../test/support/presence.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { bucketsOfLast } from '#common/queue/pool-counters.js';
import { prioritizedKey } from '../../../../test/support/admission.js';
import { PoolPaces } from './pool-paces.js';

const STALE_MS = 10_000;

let server: OwnRedis;
let redis: Redis;
let paces: PoolPaces;

const pacesOver = (connection: Redis): PoolPaces =>
  new PoolPaces(connection, { pools: ['default', 'other'], prioritizedKey }, new WorkerDirectory(connection));

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  paces = pacesOver(redis);
});
afterEach(async () => {
  jest.restoreAllMocks();
  paces.stop();
  paces = pacesOver(redis);
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

/** A heartbeat as a worker sends it. */
async function beat(id: string, changes: Partial<WorkerPresence> = {}): Promise<void> {
  const presence = presenceOf(id, { slots: 5, ...changes });
  await redis.set(keys.worker(id), JSON.stringify(presence));
  await redis.zadd(keys.workers, Date.now(), id);
}

/** Counters as settlements leave them; `bucket` 0 is the newest. */
async function count(
  served: number,
  serviceMs: number,
  { bucket = 0, pool = 'default' } = {},
): Promise<void> {
  const start = bucketsOfLast(120, Date.now())[bucket] ?? 0;
  await redis.hset(`${keys.poolCounters(pool)}:${start}`, { served, service_ms: serviceMs });
}

async function read(pool = 'default') {
  await paces.read();
  return paces.of(pool);
}

describe('the pace of a pool', () => {
  it('has the slots of the ready workers of that pool with a fresh heartbeat, and of no others', async () => {
    await count(1, 100);
    await beat('first');
    await beat('second', { slots: 3 });
    await beat('leaving', { state: 'draining' });
    await beat('elsewhere', { pool: 'other' });
    await beat('silent');
    await redis.del(keys.worker('silent'));
    expect(await read()).toEqual({ slots: 8, serviceMs: 100 });
  });

  it('has the mean time of service of the last minute', async () => {
    await beat('first');
    await count(3, 900, { bucket: 1 });
    await count(1, 500, { bucket: 4 });
    await count(100, 1, { bucket: 9 });
    await count(100, 1, { pool: 'other' });
    expect(await read()).toEqual({ slots: 5, serviceMs: 350 });
  });

  it('comes from what settlements count: each job that began, by how long it ran', async () => {
    await beat('first');
    const pool = new FairPool(redis, 2);
    const jobs = await pool.sendMany(3, { tenant: 'tenant' });
    await pool.serveMany(2);
    for (const [at, job] of jobs.entries())
      await redis.hset(keys.job(job.id), 'delivered_ms', Date.now() - (at + 1) * 60_000);
    await pool.finish();
    await pool.finish();
    await pool.close();
    const pace = await read();
    expect(pace?.slots).toBe(5);
    expect(Math.round((pace?.serviceMs ?? 0) / 10_000)).toBe(9);
  });

  it('has the speed of the fair clock once the pool has been busy for a while', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    await beat('first');
    await count(1, 100);
    const pool = new FairPool(redis, 2);
    await pool.sendMany(12, { tenant: 'tenant' });
    await pool.serveMany(2);
    expect(await read()).not.toHaveProperty('clockPerMs');
    await pool.serveMany(8);
    now.mockReturnValue(1_008_000);
    expect((await read())?.clockPerMs).toBeCloseTo(0.001);
    await redis.del(prioritizedKey('default'));
    now.mockReturnValue(1_010_000);
    // What is left waits for a backend, so that the clock stands although slots are free.
    expect(await read()).not.toHaveProperty('clockPerMs');
    await pool.close();
  });

  it('of one pool says nothing of another', async () => {
    await beat('first');
    await count(1, 100);
    expect(await read('other')).toBeNull();
    expect(await read('never-configured')).toBeNull();
  });
});

describe('an unknown pace', () => {
  it('is what a pool has before it was read', () => {
    expect(paces.of('default')).toBeNull();
  });

  it('is that of a pool without a ready worker', async () => {
    await count(1, 100);
    await beat('leaving', { state: 'draining' });
    expect(await read()).toBeNull();
  });

  it('is that of a pool in which no job that began was settled within the last minute', async () => {
    await beat('first');
    await redis.hset(`${keys.poolCounters('default')}:${bucketsOfLast(10, Date.now())[0]}`, { cancelled: 4 });
    await count(100, 1, { bucket: 9 });
    expect(await read()).toBeNull();
  });

  it('is what remains of one that could not be read again for 10 s', async () => {
    await beat('first');
    await count(1, 100);
    const connection = new Redis(server.redis.url);
    connection.on('error', () => undefined);
    paces = pacesOver(connection);
    const now = jest.spyOn(performance, 'now').mockReturnValue(1_000_000);
    expect(await read()).not.toBeNull();
    connection.disconnect();
    now.mockReturnValue(1_000_000 + STALE_MS);
    expect(await read()).toEqual({ slots: 5, serviceMs: 100 });
    now.mockReturnValue(1_000_001 + STALE_MS);
    expect(await read()).toBeNull();
  });
});

describe('once started', () => {
  it('is read at once, without being asked', async () => {
    await beat('first');
    await count(1, 100);
    paces.start();
    expect(await eventually('the first reading', () => paces.of('default'))).toEqual({
      slots: 5,
      serviceMs: 100,
    });
  });
});
