import type { ConfigFile } from '#common/config/config-file.js';
import { bestFit } from '#common/contracts/model-pattern.js';
import { NEVER_ACCEPTED_OUTCOME } from '#common/contracts/never-accepted.js';
import { isDefect } from '#common/errors/is-defect.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';
import { activeTraceparent } from '#common/observability/tracing.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { Ending, JobRef } from '#common/settlement/settlement.js';
import type { AdmitJob, Entry, Submission } from '../admission/admit-job.js';
import type { Withdrawals } from '../admission/withdrawals.js';
import type { QueuePlace } from '../jobs/queue-place.js';
import { tracedAdmission, tracedEnqueuing } from './submit-spans.js';

/** A repetition under the same key may reach another API process before this does, and be told of the job: then it stays. */
const NEVER_ACCEPTED = {
  status: 'failed',
  outcome: NEVER_ACCEPTED_OUTCOME,
  isVoid: true,
  unlessReplayed: true,
} as const satisfies Ending;

/** `replayed`: the job is that of an earlier request with the same idempotency key. */
export type Queued =
  | {
      readonly kind: 'queued';
      readonly job: JobRef;
      readonly place: QueuePlace;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'replayed'; readonly job: JobRef };

/** Admits a job and queues it: two round trips. A refusal has written nothing. */
export class SubmitJob {
  constructor(
    private readonly pools: ConfigFile['pools'],
    private readonly admit: AdmitJob,
    private readonly queues: PoolQueues,
    private readonly after: { readonly withdrawals: Withdrawals; readonly metrics: Metrics },
  ) {}

  /** @throws Refusal as AdmitJob does, or dependency_unavailable. */
  async execute(submission: Submission): Promise<Queued> {
    const pool = this.poolFor(submission.task.model);
    const job = { id: submission.id, tenant: submission.caller.tenant, pool };
    try {
      return await this.queue(job, submission, await this.enter(job, submission));
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      // Redis may still carry out what it did not answer. "Maybe accepted" is no answer, so it is taken back.
      this.after.withdrawals.withdraw(job, NEVER_ACCEPTED);
      if (isDefect(cause)) throw cause;
      this.count(pool, 'dependency_unavailable');
      throw new Refusal('dependency_unavailable', { cause });
    }
  }

  private enter(job: JobRef, submission: Submission): Promise<Entry> {
    const asked = { ...submission, trace: activeTraceparent() };
    return tracedAdmission(job, () => this.admit.execute(asked, job.pool));
  }

  private async queue(job: JobRef, { task }: Submission, entry: Entry): Promise<Queued> {
    const add = (ref: JobRef, priority: number): Promise<void> =>
      tracedEnqueuing(ref, (trace) =>
        this.queues.add(ref.pool, ref.id, { tenant: job.tenant, task, trace }, priority),
      );
    if (entry.kind === 'replayed') {
      const { id, pool, status, priority } = entry.replayed;
      // Its first API process may have died before it had queued the job; an id that the queue knows is not added again.
      const known = { ...job, id, pool };
      if (status === 'queued') await add(known, priority);
      return { kind: 'replayed', job: known };
    }
    const { priority, position, waitMs, headers } = entry.admitted;
    await add(job, priority);
    this.count(job.pool, 'admitted');
    return { kind: 'queued', job, place: { queue_position: position, estimated_wait_ms: waitMs }, headers };
  }

  private poolFor(model: string): string {
    const fits = Object.entries(this.pools).map(([name, { models }]) => ({
      name,
      fit: bestFit(models, model),
    }));
    const best = fits.reduce((left, right) => ((right.fit ?? -1) > (left.fit ?? -1) ? right : left), {
      name: 'default',
      fit: null,
    });
    return best.name;
  }

  private count(pool: string, decision: string): void {
    this.after.metrics.counter('sluice_admissions_total').inc({ pool, decision });
  }
}
