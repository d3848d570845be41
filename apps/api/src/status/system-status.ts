import type { Redis } from 'ioredis';
import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { readCounters } from '../jobs/counters.js';
import type { AdaptiveFactors } from './adaptive-factors.js';
import { readFairLag } from './fair-lag.js';
import { summarize } from './performance.js';
import { isServed, type WorkerDirectory } from './worker-directory.js';

const WINDOW_SECONDS = 300;

/** The whole system at a glance: `GET /status`. The fields before `queues` are the original system's. */
export class SystemStatus {
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
    private readonly directory: WorkerDirectory,
    private readonly adaptive: AdaptiveFactors,
  ) {}

  async read(): Promise<unknown> {
    const [workers, adaptive, pools] = await Promise.all([
      this.directory.list(),
      this.adaptive.list(),
      Promise.all(this.queues.pools.map((pool) => this.readPool(pool))),
    ]);
    const total = new Map<string, number>();
    for (const { counters } of pools) {
      for (const [name, count] of counters) total.set(name, (total.get(name) ?? 0) + count);
    }
    const generating = workers.filter(({ roles }) => roles.includes('generate'));
    const backends = backendsOf(generating);
    return {
      timestamp: new Date().toISOString(),
      performance_summary: summarize(total, WINDOW_SECONDS),
      backend_status: { backends },
      active_backends: backends.length,
      total_backends: backends.length,
      system_health: isServed(this.queues.pools, generating) ? 'healthy' : 'degraded',
      queues: pools.map(({ pool, counts, counters, fair_lag }) => ({
        pool,
        ...counts,
        fair_lag,
        workers: generating.filter((worker) => worker.pool === pool).length,
        performance: summarize(counters, WINDOW_SECONDS),
      })),
      adaptive,
      workers: workers.map(({ backends: _, ...worker }) => worker),
      scaler: null,
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

/** Every backend that some worker knows, with its calls in progress over the fleet. */
function backendsOf(
  workers: readonly WorkerPresence[],
): { id: string; kind: string; active: number; workers: number }[] {
  const found = new Map<string, { id: string; kind: string; active: number; workers: number }>();
  for (const backend of workers.flatMap((worker) => worker.backends)) {
    const known = found.get(backend.id) ?? { id: backend.id, kind: backend.kind, active: 0, workers: 0 };
    found.set(backend.id, { ...known, active: known.active + backend.active, workers: known.workers + 1 });
  }
  return [...found.values()];
}
