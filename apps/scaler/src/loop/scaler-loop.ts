import type { Redis } from 'ioredis';
import type { ScalingReport } from '#common/contracts/scaling.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { channels } from '#common/redis/keys.js';
import type { Driver } from '../drivers/driver.js';
import type { Decide } from '../policy/scaling.js';
import { Budget, type ShareBudget } from './budget.js';
import type { HandsParts } from './hands.js';
import { Leadership } from './leadership.js';
import { type PoolPlan, PoolScaler } from './pool-scaler.js';
import type { Senses } from './senses.js';
import { Ticker } from './ticker.js';

/** A pool is looked at no more often, however often it is woken. */
const GAP_MS = 250;
/** No tick takes longer, whatever hangs. */
const STUCK_MS = 180_000;

export interface ScalerLoopParts extends Senses {
  readonly scalerId: string;
  /** A fail-fast connection, and one for subscriptions alone. */
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly pools: ReadonlyMap<string, PoolPlan & { readonly driver: Driver }>;
  readonly decide: Decide;
  readonly shareBudget: ShareBudget;
  /** What all workers together may cost; null: no limit. */
  readonly budget: number | null;
  readonly workers: HandsParts['workers'];
  readonly log: { append(report: ScalingReport): Promise<void> };
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly leaseMs?: number;
}

interface ScaledPool {
  readonly driver: Driver;
  readonly scaler: PoolScaler;
  readonly ticker: Ticker;
}

/** Scales all pools while this scaler leads, and stands by while it does not. */
export class ScalerLoop {
  private readonly leadership: Leadership;
  private readonly pools: ReadonlyMap<string, ScaledPool>;

  constructor(private readonly parts: ScalerLoopParts) {
    const { redis, scalerId: id, logger, metrics, leaseMs, shareBudget } = parts;
    this.leadership = new Leadership({
      redis,
      id,
      logger,
      metrics,
      onLed: () => {
        for (const pool of this.pools.keys()) this.wake(pool);
      },
      onLost: () => void this.release('not-leading'),
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
    const budget = new Budget([...parts.pools.keys()], parts.budget, shareBudget);
    this.pools = new Map(
      [...parts.pools].map(([pool, { driver, ...plan }]) => {
        const scaler = new PoolScaler({ ...parts, senses: parts, pool, driver, plan, budget });
        const everyMs = plan.config.tick_s * 1_000;
        const ticker = new Ticker(() => this.tick(pool, scaler), { everyMs, gapMs: GAP_MS });
        return [pool, { driver, scaler, ticker }];
      }),
    );
  }

  get isLeader(): boolean {
    return this.leadership.term !== null;
  }

  /** Whether it would work again after a restart. */
  get isStuck(): boolean {
    return [...this.pools.values()].some(({ ticker }) => ticker.busyMs > STUCK_MS);
  }

  async start(): Promise<void> {
    const { subscriber, logger } = this.parts;
    subscriber.on('message', this.hear);
    subscriber.subscribe(channels.scalerWake).catch((error: unknown) => {
      logger.debug({ err: error }, 'not subscribed; pools are looked at by the clock');
    });
    await this.leadership.start();
    for (const { ticker } of this.pools.values()) ticker.start();
  }

  /** Ends what cannot go on without this process, then lets another one in. */
  async stop(): Promise<void> {
    this.parts.subscriber.off('message', this.hear);
    await Promise.all([...this.pools.values()].map(({ ticker }) => ticker.stop()));
    await this.release(this.isLeader ? 'stopping' : 'not-leading');
    await this.leadership.stop();
  }

  /** Looks at a pool at once. */
  wake(pool: string): void {
    this.pools.get(pool)?.ticker.wake();
  }

  private readonly hear = (channel: string, pool: string): void => {
    if (channel === channels.scalerWake) this.wake(pool);
  };

  /** Whatever goes wrong in one tick, the next one looks again. */
  private async tick(pool: string, scaler: PoolScaler): Promise<void> {
    const { term } = this.leadership;
    if (term === null) {
      scaler.rest();
      return;
    }
    try {
      await scaler.tick(term);
    } catch (error) {
      this.parts.logger.warn({ pool, err: error }, 'a tick was cut short');
    }
  }

  private async release(why: Parameters<Driver['release']>[0]): Promise<void> {
    const { logger } = this.parts;
    await Promise.all(
      [...this.pools.values()].map(async ({ driver }) => {
        await driver.release(why).catch((error: unknown) => {
          logger.warn({ err: error }, 'a driver could not let go of its instances');
        });
      }),
    );
  }
}
