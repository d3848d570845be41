import type { GenerationTask, Priority } from '#common/contracts/generation.js';
import type { Outcome } from '#common/contracts/outcome.js';
import { bestFit } from '#common/contracts/model-pattern.js';
import { isDefect } from '#common/errors/is-defect.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { AdmissionLedger, Admission } from '../admission/admission.ledger.js';
import type { Identity } from '../admission/identity.js';
import type { Withdrawals } from '../admission/withdrawals.js';
import type { ApiConfig } from '../api.config.js';

/** How long a submission may take in all; then the caller is told 503 and the job is withdrawn. */
const SUBMIT_MS_MAX = 500;

const NEVER_ACCEPTED: Outcome = { attempts: 0, error_code: 'dependency_unavailable' };

export interface Submission {
  readonly id: string;
  readonly caller: Identity;
  readonly requestId: string;
  readonly task: GenerationTask;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly deadlineMs: number;
  readonly reply: string | undefined;
}

/** Admits a job and queues it: two round trips. A refusal has written nothing. */
export class SubmitJob {
  constructor(
    private readonly config: ApiConfig,
    private readonly admissions: AdmissionLedger,
    private readonly queues: PoolQueues,
    private readonly after: { readonly withdrawals: Withdrawals; readonly metrics: Metrics },
  ) {}

  /** @throws Refusal queue_full, rate_limit_exceeded or dependency_unavailable. */
  async execute(submission: Submission): Promise<JobRef> {
    const pool = this.poolFor(submission.task.model);
    const job = { id: submission.id, tenant: submission.caller.tenant, pool };
    const began = performance.now();
    try {
      const priority = this.admitted(await this.admit(submission, pool), submission.caller, pool);
      await within(
        Math.max(1, SUBMIT_MS_MAX - (performance.now() - began)),
        this.queues.add(pool, job.id, { tenant: job.tenant, task: submission.task }, priority),
      );
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      // Redis may still carry out what it did not answer in time. "Maybe accepted" is no answer, so it is taken back.
      this.after.withdrawals.withdraw(job, { status: 'failed', outcome: NEVER_ACCEPTED });
      if (isDefect(cause)) throw cause;
      this.count(pool, 'dependency_unavailable');
      throw new Refusal('dependency_unavailable', { cause });
    }
    this.count(pool, 'admitted');
    return job;
  }

  private async admit(submission: Submission, pool: string): Promise<Admission> {
    const tier = this.config.tiers[submission.caller.tier] ?? this.config.tiers['anonymous'];
    const limits = this.config.pools[pool];
    if (tier === undefined || limits === undefined)
      throw new Error(`tier or pool of ${pool} is not configured`);
    return this.admissions.admit(
      { ...submission, pool, model: submission.task.model },
      { ...tier, pool_queued_max: limits.queued_max },
    );
  }

  private admitted(admission: Admission, caller: Identity, pool: string): number {
    if (admission.kind === 'admitted') return admission.priority;
    if (admission.rule === 'pool_queued') {
      this.count(pool, 'queue_full');
      throw new Refusal('queue_full', { retryAfterSeconds: 5 });
    }
    this.count(pool, admission.rule);
    this.after.metrics.counter('llm_rate_limit_hits_total').inc({ identifier_type: caller.kind });
    throw new Refusal('rate_limit_exceeded', {
      message: LIMIT_SENTENCES[admission.rule],
      retryAfterSeconds: 1,
    });
  }

  private poolFor(model: string): string {
    const fits = Object.entries(this.config.pools).map(([name, { models }]) => ({
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

const LIMIT_SENTENCES = {
  tenant_in_flight:
    'Rule concurrent_jobs: you have as many unfinished jobs as your tier allows. Wait for one to end.',
  tenant_queued:
    'Rule queued_jobs: you have as many waiting jobs as your tier allows. Wait for one to start.',
} as const;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer from Redis within ${Math.round(ms)} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
