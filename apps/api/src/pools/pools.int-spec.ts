import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { configFile } from '#common/config/config-file.js';
import { createLogger } from '#common/observability/logger.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { ExplainPool } from '#common/scaling/explain-pool.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { codeOf, send } from '../../../../test/support/client.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { scalingReportOf } from '../../../../test/support/scaling-report.js';
import { ApiConfig } from '../api.config.js';
import { ErrorFilter } from '../http/error.filter.js';
import { acceptJsonOnly } from '../http/json-body.js';
import { schemaPipe } from '../http/schema.pipe.js';
import { ScalerStatus } from '../status/scaler-status.js';
import { DecisionsReader } from './decisions.reader.js';
import { OrderScale } from './order-scale.js';
import { PoolViews } from './pool-views.js';
import { PoolsController } from './pools.controller.js';
import { givenOrder, poolList } from './pools.schema.js';

const { pools } = configFile.parse({
  pools: { default: { models: ['*'], scaling: { max: 6 } }, large: { models: ['l-*'] } },
});
const logger = createLogger({ level: 'silent', app: 'api', instance: 'a', isPretty: false });

@Module({})
class PoolsOnly {}

let server: OwnRedis;
let redis: Redis;
let app: NestFastifyApplication;
let base: string;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = failFastConnection(server.redis.url, 'api');
  redis.on('error', () => undefined);
  await eventually('the connection', () => (redis.status === 'ready' ? true : null));
  const stories = [
    new PoolViews(redis, pools),
    new OrderScale(redis, pools),
    new ExplainPool(redis),
    new DecisionsReader(redis),
  ].map((story) => ({ provide: story.constructor, useValue: story }));
  const providers = [{ provide: ApiConfig, useValue: { pools } }, ...stories];
  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  app = await NestFactory.create<NestFastifyApplication>(
    { module: PoolsOnly, controllers: [PoolsController], providers },
    adapter,
    { logger: false, bodyParser: false },
  );
  acceptJsonOnly(adapter.getInstance());
  app.useGlobalFilters(new ErrorFilter(logger));
  app.useGlobalPipes(schemaPipe);
  await app.listen(0, '127.0.0.1');
  base = `${await app.getUrl()}/admin/pools`;
});
afterEach(() => redis.flushall());
afterAll(async () => {
  await app.close();
  redis.disconnect();
  await server.end();
});

const now = () => readRedisTime(redis);
const inForce = async () => new ScalingOrders(redis).list('default', await now());
async function report(agoMs: number): Promise<void> {
  const at_ms = (await now()) - agoMs;
  await redis.set(keys.scalerReport('default'), JSON.stringify(scalingReportOf({ at_ms })));
}

describe('POST /admin/pools/{pool}/scale', () => {
  it('gives the scaler an order that ends by itself; a new one takes its place', async () => {
    const first = await send(`${base}/default/scale`, { json: { workers: 5, minutes: 10 } });
    const { order } = givenOrder.parse(first.body);
    expect([first.status, order]).toMatchObject([200, { id: 'admin', kind: 'fixed', workers: 5 }]);
    expect(Math.abs(order.until_ms - (await now()) - 600_000)).toBeLessThan(60_000);
    expect(Date.parse(order.until)).toBe(order.until_ms);
    const json = { kind: 'floor', workers: 0, minutes: 10_080, because: 'a launch' };
    await send(`${base}/default/scale`, { json });
    expect(await inForce()).toMatchObject([
      { kind: 'floor', workers: 0, because: 'a launch', source: 'admin' },
    ]);
  });

  it('pauses the scaler without a number', async () => {
    const { status } = await send(`${base}/default/scale`, { json: { kind: 'pause', minutes: 1 } });
    expect([status, await inForce()]).toMatchObject([200, [{ kind: 'pause', workers: null }]]);
  });

  it.each([
    ['more workers than the pool may have', { workers: 7, minutes: 1 }, 'workers'],
    ['fewer than none', { workers: -1, minutes: 1 }, 'workers'],
    ['half a worker', { workers: 1.5, minutes: 1 }, 'workers'],
    ['no number', { minutes: 1 }, 'workers'],
    ['a number for a pause', { kind: 'pause', workers: 1, minutes: 1 }, 'workers'],
    ['no end', { workers: 1 }, 'minutes'],
    ['an end that has come', { workers: 1, minutes: 0 }, 'minutes'],
    ['more than a week', { workers: 1, minutes: 10_081 }, 'minutes'],
    ['a kind that is none', { kind: 'dance', workers: 1, minutes: 1 }, 'kind'],
    ['a field that is none', { workers: 1, minutes: 1, hours: 1 }, 'hours'],
  ])('refuses %s', async (_, json, param) => {
    const answer = await send(`${base}/default/scale`, { json });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_value']);
    expect(answer.body['error']).toMatchObject({ param });
    expect(await inForce()).toEqual([]);
  });
});

describe('DELETE /admin/pools/{pool}/scale', () => {
  it('takes back the order of administrators, or that of an alert', async () => {
    const until_ms = (await now()) + 60_000;
    const ofAlert = { kind: 'floor', workers: 1, until_ms, source: 'alert', because: 'alert A' } as const;
    await new ScalingOrders(redis).put('default', { id: 'c0ffee', ...ofAlert });
    await send(`${base}/default/scale`, { json: { workers: 5, minutes: 10 } });
    const back = await send(`${base}/default/scale`, { method: 'DELETE' });
    expect(back.body['message']).toBe('The order admin of pool default was taken back');
    expect(await inForce()).toMatchObject([{ id: 'c0ffee' }]);
    await send(`${base}/default/scale?id=c0ffee`, { method: 'DELETE' });
    expect(await inForce()).toEqual([]);
    const again = await send(`${base}/default/scale`, { method: 'DELETE' });
    expect([again.status, again.body['message']]).toMatchObject([
      200,
      expect.stringContaining('ended already'),
    ]);
  });
});

describe('GET /admin/pools', () => {
  it('lists every pool of the configuration with what its scaler decided and was asked', async () => {
    await report(1_000);
    await send(`${base}/default/scale`, { json: { workers: 5, minutes: 10 } });
    const { body } = await send(base);
    expect(poolList.parse(body).pools).toMatchObject([
      {
        pool: 'default',
        policy: 'slo',
        min: 1,
        max: 6,
        desired: 4,
        current: 2,
        last_decision: { action: 'up', is_stale: false, mode: 'full', driver: 'process' },
        orders: [{ id: 'admin' }],
      },
      { pool: 'large', max: 4, desired: null, current: null, last_decision: null, orders: [] },
    ]);
  });

  it('takes no old number for a new one', async () => {
    await report(31_000);
    const [first] = poolList.parse((await send(base)).body).pools;
    expect(first).toMatchObject({ desired: null, current: null, last_decision: { is_stale: true } });
  });
});

describe('GET /admin/pools/{pool}/explain', () => {
  it('is the last decision with its sentences, as JSON or as text', async () => {
    await report(1_000);
    const { body } = await send(`${base}/default/explain`);
    expect(body).toMatchObject({
      pool: 'default',
      decision: { reasons: [{ sentence: expect.any(String) }, {}, {}] },
    });
    const text = await send(`${base}/default/explain`, { headers: { accept: 'text/plain' } });
    expect(text.body['text']).toContain('Wants 4 workers and has 2 (up).');
  });

  it('says that no scaler has decided yet', async () => {
    const answer = await send(`${base}/large/explain`);
    expect([answer.status, codeOf(answer)]).toEqual([503, 'scaling_unknown']);
  });
});

describe('GET /admin/pools/{pool}/decisions', () => {
  it.each(['limit=0', 'limit=201', 'limit=x', 'before=yesterday'])('refuses %s', async (query) => {
    expect(codeOf(await send(`${base}/default/decisions?${query}`))).toBe('invalid_value');
  });
});

describe('a pool that is not configured', () => {
  it.each([
    ['GET', 'explain'],
    ['GET', 'decisions'],
    ['DELETE', 'scale'],
    ['POST', 'scale'],
  ])('is not found by %s …/%s', async (method, what) => {
    for (const pool of ['gold', '__proto__', 'toString']) {
      const body = method === 'POST' ? { json: { workers: 1, minutes: 1 } } : {};
      const answer = await send(`${base}/${pool}/${what}`, { method, ...body });
      expect([answer.status, codeOf(answer)]).toEqual([404, 'pool_not_found']);
    }
  });
});

describe('the scaler in GET /status', () => {
  const read = () => new ScalerStatus(redis, ['default', 'large']).read();

  it('is null while no scaler has decided about anything', async () => {
    expect(await read()).toBeNull();
  });

  it('is what it last decided about each pool, and whether that is old', async () => {
    await report(40_000);
    const reason = 'Wants 4 workers and has 2 (up). The pool has at most 4 workers.';
    const said = { pool: 'default', desired: 4, current: 2, action: 'up', reason, is_stale: true };
    expect(await read()).toEqual([{ ...said, at: expect.any(String), mode: 'full', driver: 'process' }]);
  });
});
