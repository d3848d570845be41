import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { ScalingOrder } from '#common/contracts/scaling.js';
import { channels, keys } from '#common/redis/keys.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { ORDERS_MAX, ScalingOrders } from './scaling-orders.js';

let server: OwnRedis;
let redis: Redis;
let orders: ScalingOrders;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  orders = new ScalingOrders(redis);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

const HOUR_MS = 3_600_000;

async function order(id: string, changes: Partial<ScalingOrder> = {}): Promise<ScalingOrder> {
  const until_ms = (await readRedisTime(redis)) + HOUR_MS;
  return { id, kind: 'floor', workers: 3, until_ms, source: 'alert', because: 'a test', ...changes };
}
const now = () => readRedisTime(redis);

describe('orders to the scaler', () => {
  it('are listed by id until they end; the same id replaces itself', async () => {
    const [a, b] = [await order('a'), await order('b', { kind: 'pause', workers: null })];
    await orders.put('default', b);
    await orders.put('default', a);
    expect(await orders.list('default', await now())).toEqual([a, b]);
    await orders.put('default', { ...a, workers: 9 });
    expect(await orders.list('default', await now())).toEqual([{ ...a, workers: 9 }, b]);
    expect(await orders.list('other', await now())).toEqual([]);
  });

  it('that have ended are not in force and leave Redis', async () => {
    const lasting = await order('lasting');
    await orders.put('default', await order('short', { until_ms: (await now()) + 60_000 }));
    await orders.put('default', lasting);
    expect(await orders.list('default', (await now()) + 120_000)).toEqual([lasting]);
    expect(await redis.hkeys(keys.scalerOrders('default'))).toEqual(['lasting']);
  });

  it('that were given anew while ended ones are taken away stay', async () => {
    const ended = await order('a', { until_ms: (await now()) + 1 });
    const anew = await order('a');
    await orders.put('default', ended);
    const during = redis.duplicate();
    // Whoever listed has read the old one; its removal comes after the new one.
    const listing = new ScalingOrders(
      new Proxy(redis, {
        get: (target, name) =>
          name === 'hgetall'
            ? async (key: string) => {
                const found = await target.hgetall(key);
                await new ScalingOrders(during).put('default', anew);
                return found;
              }
            : (Reflect.get(target, name, target) as unknown),
      }),
    );
    await listing.list('default', (await now()) + 1_000);
    during.disconnect();
    expect(await orders.list('default', await now())).toEqual([anew]);
  });

  it('end with their key, even when no scaler looks', async () => {
    await orders.put('default', await order('long', { until_ms: (await now()) + 2 * HOUR_MS }));
    await orders.put('default', await order('short'));
    const left = await redis.pttl(keys.scalerOrders('default'));
    expect(left).toBeGreaterThan(1.9 * HOUR_MS);
    expect(left).toBeLessThanOrEqual(2 * HOUR_MS);
  });

  it('are at most 100 for a pool; one that is there can still change, and ended ones make room', async () => {
    const end = (await now()) + HOUR_MS;
    for (let at = 0; at < ORDERS_MAX; at++) {
      await orders.put('default', await order(`alert-${at}`, { until_ms: end }));
    }
    expect(await orders.put('default', await order('one more'))).toBe(false);
    const ended = await order('alert-7', { until_ms: (await now()) - 1 });
    expect(await orders.put('default', ended)).toBe(true);
    expect(await orders.put('default', await order('one more'))).toBe(true);
    expect(await orders.list('default', await now())).toHaveLength(ORDERS_MAX);
  });

  it('wake the scaler when they are given and when they are taken back', async () => {
    const heard: string[] = [];
    const subscriber = redis.duplicate();
    subscriber.on('message', (_, pool: string) => heard.push(pool));
    await subscriber.subscribe(channels.scalerWake);
    await orders.put('default', await order('a'));
    expect(await orders.remove('default', 'a')).toBe(true);
    expect(await orders.remove('default', 'a')).toBe(false);
    await eventually('three wake-ups', () => (heard.length === 3 ? true : null));
    subscriber.disconnect();
    expect(heard).toEqual(['default', 'default', 'default']);
    expect(await orders.list('default', await now())).toEqual([]);
  });

  it('of a release that this one cannot read are left to it', async () => {
    await redis.hset(keys.scalerOrders('default'), { x: '{"kind":"dance"}', y: 'no JSON' });
    expect(await orders.list('default', await now())).toEqual([]);
    expect(await redis.hlen(keys.scalerOrders('default'))).toBe(2);
  });
});
