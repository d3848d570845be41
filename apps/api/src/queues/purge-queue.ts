import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import type { Purged } from './queues.schema.js';

const PURGED_MAX = 1_000;
const AT_ONCE = 50;

/** Cancels jobs that wait: each is settled, so that its caller is told and its quota given back, and only then taken out. */
export class PurgeQueue {
  constructor(
    private readonly queues: PoolQueues,
    private readonly records: JobRecords,
    private readonly cancelJob: CancelJob,
  ) {}

  /** At most 1,000 at a call. */
  async execute(pool: string): Promise<Purged> {
    const ids = (await this.queues.waiting(pool, PURGED_MAX)).slice(0, PURGED_MAX);
    let cancelled = 0;
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const ends = await this.cancel(pool, ids.slice(at, at + AT_ONCE));
      cancelled += ends.filter(Boolean).length;
    }
    const { queued } = await this.queues.counts(pool);
    return { cancelled, skipped: ids.length - cancelled, left: queued };
  }

  private async cancel(pool: string, ids: readonly string[]): Promise<boolean[]> {
    const records = await this.records.readManySummaries(ids);
    return Promise.all(
      ids.map(async (id, at) => {
        const { tenant, status } = records[at] ?? {};
        // It began after it was listed: it no longer waits.
        if (status === 'running') return false;
        const ended = tenant === undefined ? null : await this.cancelJob.execute({ id, tenant, pool });
        if (ended?.kind === 'cancelled') return true;
        // It has ended long ago, or was never admitted: a worker would only close it.
        await this.queues.remove(pool, id);
        return false;
      }),
    );
  }
}
