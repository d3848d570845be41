import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { JobRef } from '#common/settlement/settlement.js';
import { estimateWaitMs, type PoolPaces } from './pool-paces.js';

/** Jobs before this one (null when it does not wait) and the wait that the pool's pace suggests (null while unknown). */
export interface QueuePlace {
  readonly queue_position: number | null;
  readonly estimated_wait_ms: number | null;
}

export class QueuePlaces {
  constructor(
    private readonly queues: PoolQueues,
    private readonly paces: PoolPaces,
  ) {}

  async of(job: Pick<JobRef, 'id' | 'pool'>): Promise<QueuePlace> {
    const position = await this.queues.position(job.pool, job.id);
    if (position === null) return { queue_position: null, estimated_wait_ms: null };
    return {
      queue_position: position,
      estimated_wait_ms: estimateWaitMs(position, this.paces.of(job.pool)),
    };
  }
}
