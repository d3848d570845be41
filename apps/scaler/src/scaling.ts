import type { PoolScalingConfig } from '#common/config/scaling-config.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { WorkerOrders } from '#common/presence/worker-orders.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { COLD_START_S, driverOf } from './driver-of.js';
import type { Driver } from './drivers/driver.js';
import { Forecasts } from './forecast/forecasts.js';
import type { ScalerState } from './http/scaler-health.js';
import { ScalerLoop, type ScalerLoopParts } from './loop/scaler-loop.js';
import { ObservedReader } from './observing/observed-reader.js';
import { ObservedWorkers } from './observing/observed-workers.js';
import { shareBudget } from './policy/budget.policy.js';
import { decide } from './policy/decide.policy.js';
import { scalingConfigOf } from './policy/scaling-config.policy.js';
import { PoolReader } from './reading/pool-reader.js';
import { Schedules } from './reading/schedules.js';
import type { ScalerContext } from './scaler-context.js';
import { DecisionCopy } from './telling/decision-copy.js';
import { DecisionLog } from './telling/decision-log.js';
import { ScalingEventsLedger } from './telling/scaling-events.ledger.js';

/** One for rows of decisions, one for forecasts. */
const DATABASE_CONNECTIONS_MAX = 2;
/** Of children that are asked to end: longer than they may take. */
const STOP_MS_MAX = 38_000;

/** Reading, policy, record and reconcile, put together. Without PostgreSQL nothing is forecast, and decisions are in Redis alone. */
export class Scaling {
  private readonly prisma: PrismaClient | null;
  private readonly forecasts: Forecasts | null;
  private readonly copy: DecisionCopy | null;
  private readonly loop: ScalerLoop;

  constructor(private readonly context: ScalerContext) {
    const { databaseUrl } = context.config;
    this.prisma = databaseUrl === null ? null : openPrisma(databaseUrl, DATABASE_CONNECTIONS_MAX);
    this.forecasts = this.prisma === null ? null : this.forecastsOver(this.prisma);
    this.copy = this.prisma === null ? null : this.copyInto(this.prisma);
    this.loop = this.loopOver();
  }

  /** What it begins is ended by the process's shutdown. */
  async start(): Promise<void> {
    const { shutdown } = this.context;
    shutdown.on('stop-intake', 'scaling', () => this.loop.stop(), STOP_MS_MAX);
    shutdown.on('flush-records', 'decisions and forecasts', async () => {
      await Promise.all([this.copy?.stop(), this.forecasts?.stop()]);
    });
    shutdown.on('close-connections', 'database', () => this.prisma?.$disconnect());
    await this.loop.start();
    this.copy?.start();
    this.forecasts?.start();
  }

  describe(): ScalerState {
    const { scalerId, config } = this.context;
    return {
      id: scalerId,
      role: this.loop.isLeader ? 'leader' : 'follower',
      mode: config.mode,
      driver: config.driver,
      pools: [...config.pools.keys()],
    };
  }

  /** Whether it would work again after a restart. */
  isStuck(): boolean {
    return this.loop.isStuck;
  }

  private forecastsOver(prisma: PrismaClient): Forecasts {
    const { config, connections, logger } = this.context;
    const pools = [...config.pools].flatMap(([pool, { forecast }]) => (forecast ? [pool] : []));
    return new Forecasts({
      redis: connections.commands,
      prisma,
      pools,
      isLeader: () => this.loop.isLeader,
      logger,
    });
  }

  private copyInto(prisma: PrismaClient): DecisionCopy {
    const { connections, logger } = this.context;
    return new DecisionCopy({
      redis: connections.commands,
      ledger: new ScalingEventsLedger(prisma),
      isLeader: () => this.loop.isLeader,
      logger,
    });
  }

  private loopOver(): ScalerLoop {
    const { scalerId, config, connections, queues, metrics, logger } = this.context;
    const redis = connections.commands;
    const reader = new PoolReader(redis, queues);
    const schedules = [...config.pools].map(([pool, scaling]) => [pool, scaling.schedules] as const);
    return new ScalerLoop({
      scalerId,
      redis,
      subscriber: connections.subscriber,
      pools: this.plans(),
      decide,
      shareBudget,
      budget: config.budget,
      reader: config.mode === 'observe' ? new ObservedReader(reader) : reader,
      orders: new ScalingOrders(redis),
      forecasts: this.forecasts ?? { of: () => null },
      schedules: new Schedules(Object.fromEntries(schedules)),
      workers: new WorkerOrders(redis),
      log: new DecisionLog(redis, logger),
      metrics,
      logger,
    });
  }

  private plans(): ScalerLoopParts['pools'] {
    const { mode, tickS: tick_s, slots, driver, pools } = this.context.config;
    return new Map(
      [...pools].map(([pool, scaling]) => {
        const plan = {
          config: scalingConfigOf(scaling, { mode, tick_s, slots }),
          drainMsMax: scaling.drain_seconds_max * 1_000,
          workerCost: scaling.worker_cost,
          coldStartS: COLD_START_S[driver],
          driver: this.driverFor(pool, scaling),
        };
        return [pool, plan];
      }),
    );
  }

  private driverFor(pool: string, scaling: PoolScalingConfig): Driver {
    const driver = driverOf(pool, scaling, this.context);
    const { config, connections } = this.context;
    if (config.mode !== 'observe') return driver;
    return new ObservedWorkers(pool, driver, new WorkerDirectory(connections.commands));
  }
}
