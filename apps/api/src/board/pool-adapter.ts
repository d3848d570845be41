import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { Refusal } from '#common/errors/refusal.js';

type BoardQueue = ConstructorParameters<typeof BullMQAdapter>[0];
type BoardOptions = ConstructorParameters<typeof BullMQAdapter>[1];
type BoardJob = NonNullable<Awaited<ReturnType<BullMQAdapter['getJob']>>>;
type CleanStatus = Parameters<BullMQAdapter['clean']>[0];

/** What the board's buttons do to a pool's jobs, whose ends are not BullMQ's to make. */
export interface PoolDeeds {
  /** Runs a failed job's task again, as a new job. */
  readonly replay: (jobId: string) => Promise<unknown>;
  /** Takes one out: a dead letter, or a job that waits, which is cancelled. */
  readonly remove: (jobId: string) => Promise<unknown>;
  /** Cancels jobs that wait, and answers how many are left. */
  readonly purge: () => Promise<{ readonly cancelled: number; readonly left: number }>;
}

/** Of these BullMQ removes only what nobody works on. Whatever else the page may name is a way to wait. */
const BEGUN: readonly CleanStatus[] = ['active', 'completed', 'failed'];

/** A pool's queue on the board. A settled job cannot run again, so a retry is a replay; and no job that waits goes without its end. */
export class PoolAdapter extends BullMQAdapter {
  constructor(
    queue: BoardQueue,
    options: BoardOptions,
    private readonly deeds: PoolDeeds,
  ) {
    super(queue, options);
  }

  override async getJob(id: string): Promise<BoardJob | undefined> {
    const job = await super.getJob(id);
    return job === undefined ? undefined : this.ours(job, this.deeds.replay);
  }

  override async getJobs(...asked: Parameters<BullMQAdapter['getJobs']>): Promise<BoardJob[]> {
    const jobs = await super.getJobs(...asked);
    // Of many that are replayed at once, what cannot be replayed stays where it is.
    const replay = async (id: string): Promise<void> => {
      await this.deeds.replay(id).catch(passOver);
    };
    return jobs.map((job) => this.ours(job, replay));
  }

  override async clean(status: CleanStatus, graceMs: number): Promise<void> {
    if (BEGUN.includes(status)) await super.clean(status, graceMs);
    else await this.empty();
  }

  override async empty(): Promise<void> {
    let { cancelled, left } = await this.deeds.purge();
    // What is accepted meanwhile is not what was meant.
    while (left > 0 && cancelled > 0) {
      const after = await this.deeds.purge();
      cancelled = after.cancelled;
      left = Math.min(after.left, left - cancelled);
    }
  }

  private ours(job: BoardJob, replay: PoolDeeds['replay']): BoardJob {
    const id = job.id ?? '';
    job.retry = async () => {
      await replay(id);
    };
    job.remove = async () => {
      await this.deeds.remove(id);
    };
    return job;
  }
}

function passOver(refusal: unknown): void {
  if (!(refusal instanceof Refusal)) throw refusal;
}
