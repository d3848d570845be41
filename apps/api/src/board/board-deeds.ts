import { mintRequestId } from '#common/contracts/ids.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { ClearDeadLetters } from '../dead-letters/clear-dead-letters.js';
import type { ReplayDeadLetter } from '../dead-letters/replay-dead-letter.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import type { PurgeQueue } from '../queues/purge-queue.js';
import type { PoolDeeds } from './pool-adapter.js';

export interface BoardParts {
  readonly queues: PoolQueues;
  readonly records: JobRecords;
  readonly replay: ReplayDeadLetter;
  readonly clear: ClearDeadLetters;
  readonly purge: PurgeQueue;
  readonly cancelJob: CancelJob;
}

/** The board's buttons do what the routes of the same name do. */
export class BoardDeeds {
  constructor(private readonly parts: BoardParts) {}

  of(pool: string): PoolDeeds {
    const { replay, purge } = this.parts;
    return {
      replay: (jobId) => replay.execute(pool, jobId, mintRequestId()),
      remove: (jobId) => this.remove(pool, jobId),
      purge: () => purge.execute(pool),
    };
  }

  private async remove(pool: string, jobId: string): Promise<void> {
    const { queues, records, clear, cancelJob } = this.parts;
    const state = await queues.stateOf(pool, jobId);
    if (state === 'failed' || state === 'given-up') return clear.remove(pool, jobId);
    const record = await records.read(jobId);
    if (record === null) await queues.remove(pool, jobId);
    else await cancelJob.execute({ id: jobId, tenant: record.tenant, pool });
  }
}
