import type { Redis } from 'ioredis';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { JobRef } from '#common/settlement/settlement.js';
import { coveredSeconds, estimateWaitMs, readCounters, settledCount } from './pace.js';

const PACE_SECONDS = 60;

/** Jobs before this one (null when it does not wait) and the wait that the pool's pace suggests (null while unknown). */
export interface QueuePlace {
  readonly queue_position: number | null;
  readonly estimated_wait_ms: number | null;
}

export class QueuePlaces {
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
  ) {}

  async of(job: Pick<JobRef, 'id' | 'pool'>): Promise<QueuePlace> {
    const [position, counters] = await Promise.all([
      this.queues.position(job.pool, job.id),
      readCounters(this.redis, job.pool, PACE_SECONDS),
    ]);
    if (position === null) return { queue_position: null, estimated_wait_ms: null };
    const pace = { settled: settledCount(counters), seconds: coveredSeconds(PACE_SECONDS, Date.now()) };
    return { queue_position: position, estimated_wait_ms: estimateWaitMs(position, pace) };
  }
}
