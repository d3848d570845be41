import type { Redis } from 'ioredis';
import type { PoolConfig } from '#common/config/config-file.js';
import { Refusal } from '#common/errors/refusal.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { summaryOf } from '#common/scaling/explain.policy.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { type KnownReport, ScalingReports } from '#common/scaling/scaling-reports.js';
import type { PoolView } from './pools.schema.js';

type Pools = Readonly<Record<string, PoolConfig>>;

/** The pools of the configuration, with what their scaler last decided. */
export class PoolViews {
  private readonly reports: ScalingReports;
  private readonly orders: ScalingOrders;

  constructor(
    private readonly redis: Redis,
    private readonly pools: Pools,
  ) {
    this.reports = new ScalingReports(redis);
    this.orders = new ScalingOrders(redis);
  }

  async list(): Promise<PoolView[]> {
    const nowMs = await readRedisTime(this.redis);
    return Promise.all(Object.entries(this.pools).map(([pool, config]) => this.view(pool, config, nowMs)));
  }

  private async view(pool: string, { models, scaling }: PoolConfig, nowMs: number): Promise<PoolView> {
    const [known, orders] = await Promise.all([this.reports.of(pool), this.orders.list(pool, nowMs)]);
    const isKnown = known !== null && !known.isStale && known.report.instances !== null;
    return {
      pool,
      models,
      policy: scaling.policy,
      min: scaling.min,
      max: scaling.max,
      desired: isKnown ? known.report.decision.desired : null,
      current: isKnown ? known.report.decision.current : null,
      last_decision: known === null ? null : lastDecisionOf(known),
      orders,
    };
  }
}

function lastDecisionOf({ report, isStale }: KnownReport): NonNullable<PoolView['last_decision']> {
  const { decision, mode, driver, at_ms } = report;
  return {
    at: new Date(at_ms).toISOString(),
    is_stale: isStale,
    action: decision.action,
    summary: summaryOf(report),
    mode,
    driver,
  };
}

/** @throws Refusal pool_not_found. */
export function poolOf(pools: Pools, pool: string): PoolConfig {
  const config = Object.hasOwn(pools, pool) ? pools[pool] : undefined;
  if (config === undefined) throw new Refusal('pool_not_found');
  return config;
}
