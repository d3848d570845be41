import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { presentBackend, type WorkerPresence } from '#common/contracts/worker-presence.js';
import { openPoolQueues } from '#common/queue/open-pool-queues.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { FairPool } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { presenceOf } from '../../../../test/support/presence.js';
import { PoolReader, type PoolSights } from './pool-reader.js';

const LEAD_S = 20;
const IDLE = { ready: 0, active: 0, deferred: 0, due: 0, head_wait_s: null };

let server: OwnRedis;
let redis: Redis;
let readings: Redis;
let queues: PoolQueues;
let pool: FairPool;
let reader: PoolReader;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  readings = failFastConnection(server.redis.url, 'scaler');
  readings.on('error', () => undefined);
  await eventually('the connection', () => (readings.status === 'ready' ? true : null));
  queues = openPoolQueues(['default'], readings, () => undefined);
  pool = new FairPool(redis, 10);
  reader = new PoolReader(readings, queues);
});
afterEach(() => pool.empty());
afterAll(async () => {
  await pool.close();
  await Promise.all(queues.all().map((queue) => queue.close()));
  for (const connection of [redis, readings]) connection.disconnect();
  await server.end();
});

const read = (): Promise<PoolSights> => reader.read('default', LEAD_S);

async function beat(presence: WorkerPresence): Promise<void> {
  await redis.set(keys.worker(presence.id), JSON.stringify(presence));
  await redis.zadd(keys.workers, Date.now(), presence.id);
}

/** Takes the next job and puts it off, as a worker does when no backend can take it. */
async function defer(inMs: number): Promise<void> {
  const worker = new Worker(queues.all()[0]?.name ?? '', null, { connection: redis, prefix: '{sluice}' });
  const job = await worker.getNextJob('t', { block: false });
  await job.moveToDelayed(Date.now() + inMs, 't');
  await worker.close();
}

describe('a pool', () => {
  it('without anything says so: nothing waits, and what needs a job is unknown', async () => {
    expect(await read()).toEqual({
      now_ms: expect.any(Number),
      queue: IDLE,
      arrivals: { latest: 0, fast: 0, slow: 0, slower: 0 },
      service: null,
      response_s: null,
      presences: [],
      backends: { max_connections: null },
    });
  });

  it('is read by Redis’s clock', async () => {
    const before = await readRedisTime(redis);
    const { now_ms } = await read();
    expect(now_ms).toBeGreaterThanOrEqual(before);
    expect(now_ms).toBeLessThanOrEqual(await readRedisTime(redis));
  });

  it('tells jobs that wait for a worker, run, and wait for a backend apart', async () => {
    await pool.sendMany(6, { tenant: 'tenant' });
    await pool.serveMany(1);
    await defer((LEAD_S - 5) * 1_000);
    await defer((LEAD_S + 5) * 1_000);
    const { queue } = await read();
    expect(queue).toEqual({ ready: 3, active: 1, deferred: 2, due: 1, head_wait_s: expect.any(Number) });
    expect(queue.head_wait_s).toBeLessThan(60);
  });

  it('counts a job that was handed back as waiting, and as the next one', async () => {
    const [queue] = queues.all();
    const id = 'job_0199aaaa-0000-7000-8000-000000000000';
    await pool.send({ tenant: 'tenant' });
    await queue?.add('generate', { tenant: 't' } as never, { jobId: id });
    const sights = await read();
    expect(sights.queue.ready).toBe(2);
    const bornMs = Number.parseInt('0199aaaa0000', 16);
    expect(sights.queue.head_wait_s).toBe((sights.now_ms - bornMs) / 1_000);
  });
});

describe('the rates of a pool', () => {
  it('come from what admission and settlement have counted', async () => {
    await pool.sendMany(18, { tenant: 'tenant' });
    const [job] = await pool.serveMany(2);
    await redis.hset(keys.job(job?.id ?? ''), 'delivered_ms', Date.now() - 4_000);
    await pool.finish();
    await pool.finish();
    const sights = await eventually('the second to be over', async () => {
      const seen = await read();
      return seen.arrivals.fast === 18 / 20 ? seen : null;
    });
    expect(sights.arrivals).toMatchObject({ fast: 18 / 20, slow: 18 / 180, slower: 18 / 360 });
    expect(sights.service?.samples).toBe(2);
    expect(sights.service?.mean_s).toBeGreaterThanOrEqual(2);
    expect(sights.service?.mean_s).toBeLessThan(4);
    // One of two jobs took nearly all of the time.
    expect(sights.service?.scv).toBeGreaterThan(0.5);
    expect(sights.response_s).toBeGreaterThan(0);
  });

  it('count a job that waited for a backend from its last delivery', async () => {
    const [job] = await pool.sendMany(1, { tenant: 'tenant' });
    await pool.serveMany(1);
    await redis.hset(keys.job(job?.id ?? ''), 'started_ms', Date.now() - 3_600_000);
    await pool.finish();
    expect((await read()).service?.mean_s).toBeLessThan(60);
  });

  it('count no service of a job that ends while it waits for a backend', async () => {
    const [job] = await pool.sendMany(1, { tenant: 'tenant' });
    await pool.serveMany(1);
    await redis.hset(keys.job(job?.id ?? ''), 'status', 'queued');
    await pool.finish();
    expect(await read()).toMatchObject({ service: null, response_s: expect.any(Number) });
  });
});

describe('the workers of a pool', () => {
  const backend = (id: string, more = {}) =>
    presentBackend.parse({ id, kind: 'openai', active: 0, max_connections: 10, ...more });

  it('are those that generate for it, in every state', async () => {
    await beat(presenceOf('a', { instance: 'i-1' }));
    await beat(presenceOf('b', { state: 'cordoned' }));
    await beat(presenceOf('c', { state: 'draining' }));
    await beat(presenceOf('elsewhere', { pool: 'other' }));
    await beat(presenceOf('teller', { roles: ['tell'] }));
    const { presences } = await read();
    expect(presences.map(({ id, instance, state }) => [id, instance, state]).sort()).toEqual([
      ['a', 'i-1', 'ready'],
      ['b', null, 'cordoned'],
      ['c', null, 'draining'],
    ]);
  });

  it('say how many calls their backends take, each backend once', async () => {
    await beat(presenceOf('a', { backends: [backend('x'), backend('y', { max_connections: 5 })] }));
    await beat(presenceOf('b', { backends: [backend('x'), backend('gone', { is_draining: true })] }));
    expect((await read()).backends).toEqual({ max_connections: 15 });
  });

  it('do not say it when one of them knows a backend without knowing its limit', async () => {
    await beat(presenceOf('a', { backends: [backend('x'), backend('old', { max_connections: null })] }));
    expect((await read()).backends.max_connections).toBeNull();
  });
});

describe('a reading', () => {
  it('fails as a whole, soon, while Redis says nothing: nothing of it is zero', async () => {
    await server.redis.freeze();
    try {
      await expect(read()).rejects.toThrow();
    } finally {
      await server.redis.thaw();
    }
    expect(await eventually('a reading', () => read().catch(() => null))).toMatchObject({ queue: IDLE });
  });
});
