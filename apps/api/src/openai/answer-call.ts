import type { GenerationTask } from '#common/contracts/generation.js';
import { mintJobId } from '#common/contracts/ids.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import type { WebhookTarget } from '#common/contracts/webhook.js';
import { Refusal } from '#common/errors/refusal.js';
import { onRedis } from '#common/redis/on-redis.js';
import type { Idempotency } from '../admission/admission.ledger.js';
import type { SubmitAndWait } from '../generate/submit-and-wait.js';
import type { Identity } from '../identity/identity.js';
import type { CancelJob } from '../jobs/cancel-job.js';
import type { OwnJobs } from '../jobs/own-jobs.js';
import type { CallTerms } from './call-terms.js';
import { tooLate } from './wire-answer.js';

export interface WireCall {
  readonly task: GenerationTask;
  readonly caller: Identity;
  readonly requestId: string;
  readonly terms: CallTerms;
  readonly idempotency: Idempotency | undefined;
  /** Where the end of its job is told; absent: wherever its tenant is told. */
  readonly webhook?: WebhookTarget | undefined;
}

export interface Settled {
  readonly settled: WakeUp;
  readonly headers: Readonly<Record<string, string>>;
}

/** A worker settles an expired job a little after its deadline; whoever waits shall hear it from there. */
export const GRACE_MS = 1_000;

/** One call in OpenAI's wire format: it waits until its job has ended, which is at its deadline at the latest. */
export class AnswerCall {
  constructor(
    private readonly submitAndWait: SubmitAndWait,
    private readonly ownJobs: OwnJobs,
    private readonly cancelJob: CancelJob,
  ) {}

  /**
   * Null: the caller has hung up.
   * @throws Refusal as SubmitAndWait does, deadline_exceeded, or stopping when this process ends before the job.
   */
  async execute(call: WireCall, hungUp: AbortSignal): Promise<Settled | null> {
    const { task, caller, requestId, idempotency, webhook } = call;
    const { priority, deadlineMs } = call.terms;
    const waitMs = deadlineMs + GRACE_MS;
    const until = performance.now() + waitMs;
    const submitted = await this.submitAndWait.execute(
      { id: mintJobId(), caller, requestId, task, priority, metadata: undefined, idempotency, webhook },
      { mode: 'sync', waitMs, deadlineMs },
      hungUp,
    );
    const { jobId } = submitted;
    const headers = { ...submitted.headers, 'x-sluice-job-id': jobId };
    if (submitted.kind === 'settled') return { settled: submitted.settled, headers };
    if (hungUp.aborted) return null;
    if (performance.now() >= until - 1) throw tooLate(jobId);
    // Without a key nobody could come back for the job.
    if (idempotency === undefined) await this.abandon(caller.tenant, jobId);
    throw new Refusal('stopping', { jobId });
  }

  private async abandon(tenant: string, id: string): Promise<void> {
    const { pool } = await onRedis(this.ownJobs.read(tenant, id));
    await this.cancelJob.abandon({ id, tenant, pool });
  }
}
