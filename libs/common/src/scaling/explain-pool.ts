import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import type { ScalingExplanation } from '#common/contracts/scaling-explanation.js';
import { keys } from '#common/redis/keys.js';
import { z } from 'zod';
import { explainDecision } from './explain.policy.js';
import { ScalingOrders } from './scaling-orders.js';
import { ScalingReports } from './scaling-reports.js';

const anyJson = jsonOf(z.unknown());

/** Why a pool has as many workers as it has. */
export class ExplainPool {
  private readonly reports: ScalingReports;
  private readonly orders: ScalingOrders;

  constructor(private readonly redis: Redis) {
    this.reports = new ScalingReports(redis);
    this.orders = new ScalingOrders(redis);
  }

  /** Null when no scaler has decided about this pool. */
  async of(pool: string): Promise<ScalingExplanation | null> {
    const known = await this.reports.of(pool);
    if (known === null) return null;
    const { report, readMs, isStale } = known;
    const [orders, drains] = await Promise.all([
      this.orders.list(pool, readMs),
      this.redis.hgetall(keys.scalerDrains(pool)),
    ]);
    return {
      ...explainDecision(report),
      age_seconds: Math.max(0, readMs - report.at_ms) / 1_000,
      is_stale: isStale,
      instances: report.instances,
      foreign: report.foreign,
      drains: Object.fromEntries(
        Object.entries(drains).map(([name, text]) => [name, anyJson.safeParse(text).data ?? text]),
      ),
      troubles: report.troubles,
      orders,
      trace: report.trace,
    };
  }
}
