import type { Redis } from 'ioredis';
import { bornMs } from '#common/contracts/ids.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { readFairLag } from './fair-lag.js';

const QUEUE_STATES = ['queued', 'deferred', 'active', 'failed'] as const;
const UNKNOWN_COUNTS = { queued: NaN, deferred: NaN, active: NaN, failed: NaN };

/** Gauges of the pools, read from Redis when they are asked for. What it does not answer is NaN: unknown is never zero. */
export class PoolGauges {
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
    private readonly metrics: Metrics,
  ) {}

  async refresh(): Promise<void> {
    await Promise.all(
      this.queues.pools.flatMap((pool) => [
        this.countJobs(pool),
        this.lookAtHead(pool),
        this.lookAtLag(pool),
      ]),
    );
  }

  private async countJobs(pool: string): Promise<void> {
    const counts = await this.queues.counts(pool).catch(() => UNKNOWN_COUNTS);
    const gauge = this.metrics.gauge('sluice_queue_jobs');
    // No job is in two states: more workers would help none that is deferred.
    const inState = { ...counts, queued: counts.queued - counts.deferred };
    for (const state of QUEUE_STATES) gauge.set({ pool, state }, inState[state]);
  }

  private async lookAtHead(pool: string): Promise<void> {
    const waited = await Promise.all([this.queues.line(pool), readRedisTime(this.redis)]).then(
      ([{ head }, nowMs]) => (head === null ? 0 : waitedS(head, nowMs)),
      () => NaN,
    );
    this.metrics.gauge('sluice_queue_head_wait_seconds').set({ pool }, waited);
  }

  private async lookAtLag(pool: string): Promise<void> {
    const lag = await readFairLag(this.redis, pool).then(
      ([farthest]) => farthest?.lag_jobs ?? 0,
      () => NaN,
    );
    this.metrics.gauge('sluice_fair_queue_lag_jobs').set({ pool }, lag);
  }
}

/** The clocks of API processes are not Redis's. */
function waitedS(jobId: string, nowMs: number): number {
  const born = bornMs(jobId);
  return born === null ? NaN : Math.max(0, nowMs - born) / 1_000;
}
