import type { JobRecord } from '#common/contracts/job-record.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { onRedis } from '#common/redis/on-redis.js';
import { settledRecord } from '#common/jobs/settled-record.js';
import type { CallerLimits } from '../admission/caller-limits.js';
import type { Submission } from '../admission/admit-job.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import type { OwnJobs } from '../jobs/own-jobs.js';
import type { QueuePlace, QueuePlaces } from '../jobs/queue-place.js';
import type { Expectation, Waiting } from '../waiting/waiting.js';
import type { Plan } from './preference.policy.js';
import type { Queued, SubmitJob } from './submit-job.js';

/** `accepted`: the job goes on without its caller; `place` is null when the queue cannot be read. */
export type Submitted = {
  readonly jobId: string;
  /** The request that made the job: an earlier one when the answer is a replay. */
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
} & (
  | { readonly kind: 'settled'; readonly settled: WakeUp }
  | { readonly kind: 'accepted'; readonly place: QueuePlace | null }
);

const REPLAYED = { 'idempotent-replayed': 'true' };

/** Whether and how long a call waits, and when its job ends. */
export type Waited = Pick<Plan, 'mode' | 'waitMs' | 'deadlineMs'>;

export interface SubmitAndWaitParts {
  readonly submit: SubmitJob;
  readonly waiting: Waiting;
  readonly cancelJob: CancelJob;
  readonly places: QueuePlaces;
  readonly ownJobs: OwnJobs;
  readonly limits: CallerLimits;
}

export type WaitingSubmission = Omit<Submission, 'reply' | 'deadlineMs'>;

/** One call: its job is queued, and waited for as long as its caller wants. */
export class SubmitAndWait {
  constructor(private readonly parts: SubmitAndWaitParts) {}

  /**
   * @throws Refusal as SubmitJob does. A caller who hangs up while waiting has the job cancelled, unless an idempotency
   * key says that it will come back.
   */
  async execute(submission: WaitingSubmission, plan: Waited, hungUp: AbortSignal): Promise<Submitted> {
    const { submit, waiting, cancelJob, places, limits } = this.parts;
    const asked = { ...submission, deadlineMs: plan.deadlineMs };
    const made = { jobId: submission.id, requestId: submission.requestId };
    // Expected before it is queued: a settlement may be published before the queue has answered us.
    const expectation = plan.mode === 'sync' ? waiting.expect(submission.id) : null;
    const reply = expectation === null ? undefined : waiting.channel;
    const queued = await forgetting(expectation, submit.execute({ ...asked, reply }));
    if (queued.kind === 'replayed') {
      expectation?.forget();
      const replayed = await this.replay(queued, plan, hungUp);
      return { ...replayed, headers: { ...REPLAYED, ...(await limits.headers(asked.caller)) } };
    }
    const { job, headers } = queued;
    if (expectation === null) return { ...made, headers, kind: 'accepted', place: queued.place };
    const settled = await expectation.within(plan.waitMs, hungUp);
    if (settled !== null) return { ...made, headers, kind: 'settled', settled };
    // The job is accepted, whatever Redis says now: its caller must learn its id.
    if (!hungUp.aborted || submission.idempotency !== undefined)
      return { ...made, headers, kind: 'accepted', place: await places.of(job).catch(() => null) };
    await cancelJob.abandon(job);
    return { ...made, headers, kind: 'accepted', place: null };
  }

  /** The job of the earlier request, answered as that request was or would have been. */
  private async replay({ job }: Queued & { kind: 'replayed' }, plan: Waited, hungUp: AbortSignal) {
    const { waiting, places, ownJobs } = this.parts;
    if (plan.mode === 'sync') {
      const expectation = await onRedis(waiting.watch(job.id));
      await expectation?.within(plan.waitMs, hungUp);
    }
    const record: JobRecord = await onRedis(ownJobs.read(job.tenant, job.id));
    const made = { jobId: job.id, requestId: record.request_id };
    const settled = plan.mode === 'sync' ? settledRecord(record) : null;
    if (settled !== null) return { ...made, kind: 'settled' as const, settled };
    const place = await places.of(job).catch(() => null);
    return { ...made, kind: 'accepted' as const, place };
  }
}

/** What is not queued is not expected. */
async function forgetting(expectation: Expectation | null, queued: Promise<Queued>): Promise<Queued> {
  try {
    return await queued;
  } catch (error) {
    expectation?.forget();
    throw error;
  }
}
