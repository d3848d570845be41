import type { Redis } from 'ioredis';
import type { PrismaClient } from '#common/database/prisma.js';
import type { Logger } from '#common/observability/logger.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import type { PoolReading } from '../policy/scaling.js';
import { Absence } from '../telling/absence.js';
import { Repeater } from '../telling/repeater.js';
import { ForecastModelsLedger } from './forecast-models.ledger.js';
import { PoolForecast } from './pool-forecast.js';
import { WorkCounters } from './work-counters.js';
import { WorkHistoryLedger } from './work-history.ledger.js';

const EVERY_MS = 30_000;
const KEPT_MS = 60 * 86_400_000;
const TIDY_EVERY_MS = 86_400_000;

export interface ForecastParts {
  /** A fail-fast connection. */
  readonly redis: Redis;
  readonly prisma: PrismaClient;
  /** Those whose configuration says `forecast`. */
  readonly pools: readonly string[];
  /** Whether this scaler is the one that acts: only that one keeps and forecasts. */
  readonly isLeader: () => boolean;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/**
 * How much work is to be expected of each pool. What it says comes from memory; what it knows comes from PostgreSQL, beside the
 * loop that asks, so that neither a slow database nor none holds a decision up.
 */
export class Forecasts {
  private readonly pools: ReadonlyMap<string, PoolForecast>;
  private readonly history: WorkHistoryLedger;
  private readonly repeater: Repeater;
  private readonly absence: Absence;
  private tidiedMs = 0;

  constructor(private readonly parts: ForecastParts) {
    const { redis, prisma, pools, logger } = parts;
    this.history = new WorkHistoryLedger(prisma);
    const [history, models] = [this.history, new ForecastModelsLedger(prisma)];
    this.pools = new Map(
      pools.map((pool) => {
        const counters = new WorkCounters(redis, pool);
        return [pool, new PoolForecast({ pool, counters, history, models })];
      }),
    );
    this.repeater = new Repeater((stopping) => this.turn(stopping), parts.everyMs ?? EVERY_MS);
    this.absence = new Absence(logger, {
      away: 'the history of work can be neither kept nor read: forecasts end 20 minutes after what is known',
      back: 'the history of work is kept and read again',
    });
  }

  start(): void {
    if (this.pools.size > 0) this.repeater.start();
  }

  async stop(): Promise<void> {
    await this.repeater.stop();
  }

  /** The load expected in `leadS` seconds; null where nothing is forecast or too little is known. */
  of(pool: string, leadS: number, nowMs: number): PoolReading['forecast'] {
    return this.pools.get(pool)?.at(leadS, nowMs) ?? null;
  }

  private async turn(stopping: AbortSignal): Promise<void> {
    if (!this.parts.isLeader()) return;
    try {
      const nowMs = await readRedisTime(this.parts.redis);
      // First of all pools: it must not wait for PostgreSQL, because the counters do not.
      for (const forecast of this.pools.values()) await forecast.note(nowMs);
      for (const forecast of this.pools.values()) {
        if (stopping.aborted) return;
        await forecast.learn(nowMs);
      }
      await this.tidy(nowMs);
      this.absence.noteBack();
    } catch (error) {
      this.absence.noteAway(error);
    }
  }

  private async tidy(nowMs: number): Promise<void> {
    if (nowMs - this.tidiedMs < TIDY_EVERY_MS) return;
    await this.history.forgetBefore(nowMs - KEPT_MS);
    this.tidiedMs = nowMs;
  }
}
