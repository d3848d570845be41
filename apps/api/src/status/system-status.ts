import type { Redis } from 'ioredis';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { FleetBackends } from '../backends/fleet-backends.js';
import { readCounters } from '../jobs/counters.js';
import type { AdaptiveFactors } from './adaptive-factors.js';
import { isCallable, modelsWithoutBackend } from './callable-backends.js';
import { readFairLag } from './fair-lag.js';
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

  async read(): Promise<unknown> {
    const [workers, awake, adaptive, backends, scaler, pools] = await Promise.all([
      this.directory.list(),
      this.directory.awake(this.queues.pools),
      this.parts.adaptive.list(),
      this.parts.fleet.list(),
      this.parts.scaler.read(),
      Promise.all(this.queues.pools.map((pool) => this.readPool(pool))),
    ]);
    const total = new Map<string, number>();
    for (const { counters } of pools) {
      for (const [name, count] of counters) total.set(name, (total.get(name) ?? 0) + count);
    }
    const generating = workers.filter(({ roles }) => roles.includes('generate'));
    const blocked = modelsWithoutBackend(backends);
    const isHealthy = blocked.length === 0 && isServed(awake, generating);
    return {
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
      system_health: isHealthy ? 'healthy' : 'degraded',
      queues: pools.map(({ pool, counts: { deferred, ...counts }, counters, fair_lag }) => ({
        pool,
        ...counts,
        waiting_for_backend: deferred,
        fair_lag,
        workers: generating.filter((worker) => worker.pool === pool).length,
        performance: summarize(counters, WINDOW_SECONDS),
      })),
      adaptive,
      workers: workers.map(({ backends: _, ...worker }) => worker),
      scaler,
    };
  }

  private async readPool(pool: string) {
    const [counts, counters, fair_lag] = await Promise.all([
      this.queues.counts(pool),
      readCounters(this.redis, pool, WINDOW_SECONDS),
      readFairLag(this.redis, pool),
    ]);
    return { pool, counts, counters, fair_lag };
  }
}
