import type { Redis } from 'ioredis';
import type { PoolQueues, QueueCounts } from '#common/queue/pool-queues.js';
import type { FleetBackends } from '../backends/fleet-backends.js';
import { type CounterBucket, readBuckets, sumOfBuckets } from '#common/queue/pool-counters.js';
import type { AdaptiveFactors } from './adaptive-factors.js';
import { isCallable, modelsWithoutBackend } from './callable-backends.js';
import { type FlowLag, readFairLag } from './fair-lag.js';
import { summarize } from './performance.js';
import type { ScalerStatus } from './scaler-status.js';
import { isServed, type WorkerDirectory } from '#common/presence/worker-directory.js';

const WINDOW_SECONDS = 300;

export interface SystemStatusParts {
  readonly adaptive: AdaptiveFactors;
  readonly fleet: FleetBackends;
  readonly scaler: ScalerStatus;
}

/** The whole system at a glance: `GET /status`. The fields before `queues` are the original system's. */
export class SystemStatus {
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
    private readonly directory: WorkerDirectory,
    private readonly parts: SystemStatusParts,
  ) {}

  async read(): Promise<SystemView> {
    return (await this.look()).view;
  }

  /** Also what the view sums up: the counters of each pool, the newest 10 s first, and the backends whole. */
  async look() {
    const [workers, awake, adaptive, backends, scaler, pools] = await Promise.all([
      this.directory.list(),
      this.directory.awake(this.queues.pools),
      this.parts.adaptive.list(),
      this.parts.fleet.list(),
      this.parts.scaler.read(),
      Promise.all(this.queues.pools.map((pool) => this.readPool(pool))),
    ]);
    const buckets = pools.map((each) => each.buckets);
    const total = sumOfBuckets(buckets.flat());
    const generating = workers.filter(({ roles }) => roles.includes('generate'));
    const blocked = modelsWithoutBackend(backends);
    const isHealthy = blocked.length === 0 && isServed(awake, generating);
    const view = {
      timestamp: new Date().toISOString(),
      performance_summary: summarize(total, WINDOW_SECONDS),
      backend_status: {
        backends: backends.map(({ config: _, workers: knowing, ...backend }) => ({
          ...backend,
          workers: knowing.length,
        })),
        models_without_backend: blocked,
      },
      active_backends: backends.filter(isCallable).length,
      total_backends: backends.filter(({ state }) => state !== 'removed').length,
      system_health: isHealthy ? ('healthy' as const) : ('degraded' as const),
      queues: pools.map(({ pool, counts: { deferred, ...counts }, buckets: counted, fair_lag }) => ({
        pool,
        ...counts,
        waiting_for_backend: deferred,
        fair_lag,
        workers: generating.filter((worker) => worker.pool === pool).length,
        performance: summarize(sumOfBuckets(counted), WINDOW_SECONDS),
      })),
      adaptive,
      workers: workers.map(({ backends: _, ...worker }) => worker),
      scaler,
    };
    return { view, buckets, backends };
  }

  private async readPool(
    pool: string,
  ): Promise<{ pool: string; counts: QueueCounts; buckets: CounterBucket[]; fair_lag: FlowLag[] }> {
    const [counts, buckets, fair_lag] = await Promise.all([
      this.queues.counts(pool),
      readBuckets(this.redis, pool, { seconds: WINDOW_SECONDS, nowMs: Date.now() }),
      readFairLag(this.redis, pool),
    ]);
    return { pool, counts, buckets, fair_lag };
  }
}

/** What `GET /status` says. */
export type SystemView = Awaited<ReturnType<SystemStatus['look']>>['view'];
