import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { type ScalingOrder, scalingOrder } from '#common/contracts/scaling.js';
import { channels, keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { readRedisTime } from '#common/redis/redis-time.js';

const putOrder = new LuaScript(new URL('./put-order.lua', import.meta.url));
const dropOrders = new LuaScript(new URL('./drop-orders.lua', import.meta.url));
const orderText = jsonOf(scalingOrder);

/** Alerts have an order each: a flood of them must not fill Redis, or every decision. */
export const ORDERS_MAX = 100;

/** What people and alerts ask of the scaler. Each order has an id and an end; the same id replaces itself. */
export class ScalingOrders {
  constructor(private readonly redis: Redis) {}

  /** Wakes the scaler. Answers false, and keeps nothing, when the pool has 100 others. */
  async put(pool: string, order: ScalingOrder): Promise<boolean> {
    const { id, until_ms } = order;
    const args = [id, JSON.stringify(order), until_ms, ORDERS_MAX, channels.scalerWake, pool];
    if ((await putOrder.run(this.redis, [keys.scalerOrders(pool)], args)) === 1) return true;
    await this.list(pool, await readRedisTime(this.redis));
    return (await putOrder.run(this.redis, [keys.scalerOrders(pool)], args)) === 1;
  }

  /** Wakes the scaler. Answers false when there was none with this id. */
  async remove(pool: string, id: string): Promise<boolean> {
    const isRemoved = (await this.redis.hdel(keys.scalerOrders(pool), id)) === 1;
    await this.redis.publish(channels.scalerWake, pool);
    return isRemoved;
  }

  /** Those in force, by id. `nowMs` is Redis's time; what has ended by then is taken away. */
  async list(pool: string, nowMs: number): Promise<ScalingOrder[]> {
    const texts = Object.entries(await this.redis.hgetall(keys.scalerOrders(pool)));
    // What another release has written, and this one cannot read, stays for that one.
    const orders = texts.flatMap(([id, text]) => {
      const { data } = orderText.safeParse(text);
      return data === undefined ? [] : [{ id, text, order: data }];
    });
    const ended = orders.filter(({ order }) => order.until_ms <= nowMs);
    if (ended.length > 0) {
      const pairs = ended.flatMap(({ id, text }) => [id, text]);
      await dropOrders.run(this.redis, [keys.scalerOrders(pool)], pairs);
    }
    return orders
      .map(({ order }) => order)
      .filter(({ until_ms }) => until_ms > nowMs)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }
}
