import type { FinalStatus } from '#common/contracts/job-status.js';
import type { Logger } from '#common/observability/logger.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { Ending, JobRef, Settlement } from '#common/settlement/settlement.js';
import type { Withdrawals } from '../admission/withdrawals.js';

const CANCELLED: Ending = { status: 'cancelled', outcome: { attempts: 0 } };

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
    private readonly withdrawals: Withdrawals,
    private readonly logger: Logger,
  ) {}

  /** For a caller who hung up: nobody hears of trouble, so it is tried until Redis answers. */
  async abandon(job: JobRef): Promise<void> {
    try {
      await this.execute(job);
    } catch (error) {
      this.logger.debug({ job_id: job.id, err: error }, 'a job of a caller who hung up is cancelled later');
      this.withdrawals.withdraw(job, CANCELLED);
    }
  }

  async execute(job: JobRef): Promise<Cancelled> {
    const settled = await this.settlement.settle(job, CANCELLED);
    if (settled.kind === 'unknown') return { kind: 'unknown' };
    if (settled.kind === 'already') {
      return settled.status === 'cancelled'
        ? { kind: 'cancelled' }
        : { kind: 'final', status: settled.status };
    }
    // A worker holds it and takes it out of the queue itself.
    if (settled.kind === 'settled' && settled.wasRunning) return { kind: 'cancelled' };
    try {
      await this.queues.remove(job.pool, job.id);
    } catch (error) {
      // Left in the queue it costs a worker one look: it finds the job settled and closes it.
      this.logger.debug({ job_id: job.id, err: error }, 'a cancelled job stays in the queue');
    }
    return { kind: 'cancelled' };
  }
}
