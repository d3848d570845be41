import type { FinalStatus } from '#common/contracts/job-status.js';
import type { Logger } from '#common/observability/logger.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { JobRef, Settlement } from '#common/settlement/settlement.js';

export type Cancelled =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'final'; readonly status: FinalStatus }
  | { readonly kind: 'unknown' };

/**
 * Ends a job in any state: it is settled first, so nobody else can complete it, then taken out of the queue; a worker
 * that runs it is told by the settlement and aborts its call.
 */
export class CancelJob {
  constructor(
    private readonly settlement: Settlement,
    private readonly queues: PoolQueues,
    private readonly logger: Logger,
  ) {}

  async execute(job: JobRef): Promise<Cancelled> {
    const settled = await this.settlement.settle(job, { status: 'cancelled', outcome: { attempts: 0 } });
    if (settled.kind === 'unknown') return { kind: 'unknown' };
    if (settled.kind === 'already') {
      return settled.status === 'cancelled'
        ? { kind: 'cancelled' }
        : { kind: 'final', status: settled.status };
    }
    try {
      await this.queues.remove(job.pool, job.id);
    } catch (error) {
      // Left in the queue it costs a worker one look: it finds the job settled and closes it.
      this.logger.debug({ job_id: job.id, err: error }, 'a cancelled job stays in the queue');
    }
    return { kind: 'cancelled' };
  }
}
