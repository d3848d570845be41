import type { WakeUp } from '#common/contracts/wake-up.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import type { QueuePlace, QueuePlaces } from '../jobs/queue-place.js';
import type { Expectation, Waiting } from '../waiting/waiting.js';
import type { Plan } from './preference.policy.js';
import type { Submission, SubmitJob } from './submit-job.js';

/** `accepted`: the job goes on without its caller; `place` is null when the queue cannot be read. */
export type Submitted =
  | { readonly kind: 'settled'; readonly settled: WakeUp }
  | { readonly kind: 'accepted'; readonly place: QueuePlace | null };

/** One call: its job is queued, and waited for as long as its caller wants. */
export class SubmitAndWait {
  constructor(
    private readonly submit: SubmitJob,
    private readonly waiting: Waiting,
    private readonly cancelJob: CancelJob,
    private readonly places: QueuePlaces,
  ) {}

  /** @throws Refusal as SubmitJob does. A caller who hangs up while waiting has the job cancelled. */
  async execute(
    submission: Omit<Submission, 'reply' | 'deadlineMs'>,
    plan: Plan,
    hungUp: AbortSignal,
  ): Promise<Submitted> {
    const asked = { ...submission, deadlineMs: plan.deadlineMs };
    if (plan.mode === 'async')
      return this.accepted(await this.submit.execute({ ...asked, reply: undefined }));
    // Expected before it is queued: a settlement may be published before the queue has answered us.
    const expectation = this.waiting.expect(submission.id);
    const job = await this.submitExpected({ ...asked, reply: this.waiting.channel }, expectation);
    const settled = await expectation.within(plan.waitMs, hungUp);
    if (settled !== null) return { kind: 'settled', settled };
    if (!hungUp.aborted) return this.accepted(job);
    await this.cancelJob.abandon(job);
    return { kind: 'accepted', place: null };
  }

  private async submitExpected(submission: Submission, expectation: Expectation): Promise<JobRef> {
    try {
      return await this.submit.execute(submission);
    } catch (error) {
      expectation.forget();
      throw error;
    }
  }

  /** The job is accepted, whatever Redis says now: its caller must learn its id. */
  private async accepted(job: JobRef): Promise<Submitted> {
    return { kind: 'accepted', place: await this.places.of(job).catch(() => null) };
  }
}
