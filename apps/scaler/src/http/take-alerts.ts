import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import type { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { orderOfAlert } from './alert-order.policy.js';
import type { Alert } from './alertmanager.schema.js';

/** What was done for an alert, or why nothing was. */
export interface TakenAlert {
  readonly fingerprint: string;
  readonly did: 'ordered' | 'taken_back' | 'nothing';
  readonly because: string | null;
  readonly pool: string | null;
  readonly workers: number | null;
  readonly until: string | null;
}

export interface TakeAlertsParts {
  readonly redis: Redis;
  readonly orders: ScalingOrders;
  readonly logger: Logger;
  readonly maxByPool: ReadonlyMap<string, number>;
}

/** Alerts become orders. One that fires again replaces its own order, one that is resolved takes it back. */
export class TakeAlerts {
  constructor(private readonly parts: TakeAlertsParts) {}

  /** Rejects when Redis is away: Alertmanager then sends them again. */
  async execute(alerts: readonly Alert[]): Promise<TakenAlert[]> {
    const nowMs = await readRedisTime(this.parts.redis);
    const taken: TakenAlert[] = [];
    // In their order: of two with one fingerprint the later counts.
    for (const alert of alerts) taken.push(await this.take(alert, nowMs));
    return taken;
  }

  private async take(alert: Alert, nowMs: number): Promise<TakenAlert> {
    const { orders, logger, maxByPool } = this.parts;
    const { fingerprint } = alert;
    const nothing = { fingerprint, did: 'nothing', pool: null, workers: null, until: null } as const;
    const asked = orderOfAlert(alert, { maxByPool, nowMs });
    if (asked.kind === 'ignored') return { ...nothing, because: asked.because };
    const { pool } = asked;
    if (asked.kind === 'remove') {
      const isRemoved = await orders.remove(pool, asked.id);
      if (!isRemoved) return { ...nothing, pool, because: 'its order has ended already' };
      logger.info({ pool, fingerprint }, 'an alert was resolved and its order taken back');
      return { ...nothing, did: 'taken_back', pool, because: null };
    }
    const { order } = asked;
    if (!(await orders.put(pool, order))) {
      logger.warn({ pool, fingerprint }, 'an alert was ignored: its pool has too many orders');
      return { ...nothing, pool, because: 'the pool has as many orders as it can have' };
    }
    const { kind, workers, until_ms } = order;
    logger.info({ pool, fingerprint, order: kind, workers }, 'an alert orders');
    return {
      fingerprint,
      did: 'ordered',
      because: null,
      pool,
      workers,
      until: new Date(until_ms).toISOString(),
    };
  }
}
