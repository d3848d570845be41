import { onRedis } from '#common/redis/on-redis.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { CallerLimits } from '../admission/caller-limits.js';
import type { Submission } from '../admission/admit-job.js';
import type { SubmitJob } from '../generate/submit-job.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import type { OwnJobs } from '../jobs/own-jobs.js';
import type { QueuePlace, QueuePlaces } from '../jobs/queue-place.js';
import type { Following } from './following.js';
import type { JobStreams } from './job-streams.js';
import { patienceMs, type Streamed } from './streamed.js';

const REPLAYED = { 'idempotent-replayed': 'true' };

export interface SubmitAndStreamParts {
  readonly submit: SubmitJob;
  readonly streams: JobStreams;
  readonly cancelJob: CancelJob;
  readonly places: QueuePlaces;
  readonly ownJobs: OwnJobs;
  readonly limits: CallerLimits;
}

/** One call whose caller is told the tokens as they come. */
export class SubmitAndStream {
  constructor(private readonly parts: SubmitAndStreamParts) {}

  /**
   * @throws Refusal as SubmitJob does. A caller who hangs up has the job cancelled, unless an idempotency key says that it
   * will come back.
   */
  async execute(submission: Omit<Submission, 'reply'>, hungUp: AbortSignal): Promise<Streamed> {
    const { submit, streams } = this.parts;
    // Expected before it is queued: its first token may come before the queue has answered us.
    const following = streams.expect(submission.id, hungUp);
    const queued = await submit.execute({ ...submission, reply: streams.channel }).catch((error: unknown) => {
      following.forget();
      throw error;
    });
    if (queued.kind === 'replayed') {
      following.forget();
      return this.replay(queued.job, submission.caller, hungUp);
    }
    const { job, headers, place } = queued;
    if (submission.idempotency === undefined) this.cancelOnHangUp(job, following, hungUp);
    return {
      jobId: job.id,
      requestId: submission.requestId,
      headers,
      place,
      events: following.events({ after: null, withinMs: patienceMs(submission.deadlineMs) }, hungUp),
    };
  }

  /** The job of the earlier request, from its beginning. */
  private async replay(job: JobRef, caller: Submission['caller'], hungUp: AbortSignal): Promise<Streamed> {
    const { streams, ownJobs, places, limits } = this.parts;
    const record = await onRedis(ownJobs.read(job.tenant, job.id));
    const following = await onRedis(streams.watch(job.id, hungUp));
    const place: QueuePlace | null = await places.of(job).catch(() => null);
    const remainingMs = record.deadline_ms - Date.now();
    return {
      jobId: job.id,
      requestId: record.request_id,
      headers: { ...REPLAYED, ...(await limits.headers(caller)) },
      place,
      events: following.events({ after: null, withinMs: patienceMs(remainingMs) }, hungUp),
    };
  }

  private cancelOnHangUp(job: JobRef, following: Following, hungUp: AbortSignal): void {
    const cancel = (): void => {
      if (!following.isSettled) void this.parts.cancelJob.abandon(job);
    };
    if (hungUp.aborted) cancel();
    else hungUp.addEventListener('abort', cancel, { once: true });
  }
}
