import type { Redis } from 'ioredis';
import type { PoolConfig } from '#common/config/config-file.js';
import type { ScalingOrder } from '#common/contracts/scaling.js';
import { Refusal } from '#common/errors/refusal.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { poolOf } from './pool-views.js';
import type { GivenOrder, ScaleOrder } from './pools.schema.js';

/** A person has one order for each pool: a new one takes the place of the last. */
export const ADMIN_ORDER = 'admin';

/** What administrators ask of a pool's scaler; it obeys with its next decision, at once. */
export class OrderScale {
  private readonly orders: ScalingOrders;

  constructor(
    private readonly redis: Redis,
    private readonly pools: Readonly<Record<string, PoolConfig>>,
  ) {
    this.orders = new ScalingOrders(redis);
  }

  /** @throws Refusal pool_not_found, invalid_value, scaling_orders_full. */
  async give(pool: string, { kind, workers, minutes, because }: ScaleOrder): Promise<GivenOrder> {
    const { max } = poolOf(this.pools, pool).scaling;
    if (workers !== undefined && workers > max) {
      const message = `workers: ${workers} is more than the pool's max of ${max}; pools.${pool}.scaling.max of the configuration file is the bound.`;
      throw new Refusal('invalid_value', { param: 'workers', message });
    }
    const order: ScalingOrder = {
      id: ADMIN_ORDER,
      kind,
      workers: workers ?? null,
      until_ms: (await readRedisTime(this.redis)) + minutes * 60_000,
      source: 'admin',
      because: because ?? 'asked by an administrator',
    };
    if (!(await this.orders.put(pool, order))) throw new Refusal('scaling_orders_full');
    return { pool, order: { ...order, until: new Date(order.until_ms).toISOString() } };
  }

  /** Answers whether there was one. @throws Refusal pool_not_found. */
  async takeBack(pool: string, id: string): Promise<boolean> {
    poolOf(this.pools, pool);
    return this.orders.remove(pool, id);
  }
}
