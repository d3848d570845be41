import { setTimeout as pause } from 'node:timers/promises';
import type { ConfigFile } from '#common/config/config-file.js';
import type { Answer, GenerationTask } from '#common/contracts/generation.js';
import { costUsd, priceOf } from '#common/contracts/price.js';
import type { Outcome } from '#common/contracts/outcome.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { patiently } from '#common/redis/patiently.js';
import type { Ending, JobRef, Settlement } from '#common/settlement/settlement.js';
import type { CallOutcome } from '../backends/backend.js';
import type { BackendPool } from '../backends/backend-pool.js';
import { runOf } from '#common/contracts/job-stream.js';
import type { StreamedRun, StreamWriter } from '../streaming/stream-writer.js';
import { judgeAttempt } from './attempt.policy.js';
import type { Claim, ClaimsLedger } from './claims.ledger.js';
import type { RetryBudget } from './retry-budget.js';
import type { RunningJobs, StopReason } from './running-jobs.js';

const ATTEMPTS_MAX = 3;
/** How long a worker keeps offering what Redis refuses for now; it still holds the job's lock meanwhile. */
const REFUSED_MS_MAX = 60_000;

/** `failed`: settled as failed. `handed-back`: the queue shall deliver the job again. */
export type Ran =
  { readonly kind: 'closed' | 'handed-back' } | { readonly kind: 'failed'; readonly because: ErrorCode };

export interface GenerationParts {
  readonly workerId: string;
  readonly claims: ClaimsLedger;
  readonly running: RunningJobs;
  readonly backends: BackendPool;
  readonly budget: RetryBudget;
  readonly settlement: Settlement;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly prices: ConfigFile['prices'];
  readonly tell: (run: StreamedRun, onClosed: () => void) => StreamWriter;
}

interface Begun {
  readonly claim: Claim & { kind: 'begun' };
  readonly signal: AbortSignal;
  readonly abandon: () => void;
}

type End =
  | { readonly kind: 'ending'; readonly ending: Ending }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly attempts: number };

/** The life of a job in a worker: begin, call backends until one verdict is final, settle. */
export class RunGeneration {
  constructor(private readonly parts: GenerationParts) {}

  async execute(job: JobRef, task: GenerationTask): Promise<Ran> {
    return this.parts.running.run(job.id, async (run) => {
      const claim = await patiently(REFUSED_MS_MAX, () => this.parts.claims.begin(job));
      if (claim.kind === 'closed') return { kind: 'closed' };
      if (claim.kind === 'expired') return this.settle(job, expired(0));
      run.stopIn(claim.remainingMs, 'deadline');
      return this.runBegun(job, task, {
        claim,
        signal: run.signal,
        abandon: () => {
          run.stop('abandon');
        },
      });
    });
  }

  private async runBegun(job: JobRef, task: GenerationTask, begun: Begun): Promise<Ran> {
    const { claim } = begun;
    const { metrics, logger } = this.parts;
    const began = performance.now();
    metrics.counter('llm_instance_requests_total').inc();
    if (claim.delivery === 1)
      metrics.histogram('sluice_queue_wait_seconds').observe({ pool: job.pool }, claim.queueWaitMs / 1_000);
    const end = await this.attempt(job, task, begun);
    const ran = end.kind === 'ending' ? await this.settle(job, end.ending) : await this.stopped(job, end);
    const tookMs = performance.now() - began;
    metrics.histogram('llm_instance_duration_seconds').observe(tookMs / 1_000);
    const { requestId: request_id, delivery } = claim;
    logger.info({ job_id: job.id, request_id, delivery, ran: ran.kind, ms: Math.round(tookMs) }, 'ran');
    return ran;
  }

  /** Calls backends until a verdict is final or `signal` fires. */
  private async attempt(job: JobRef, task: GenerationTask, { claim, signal, abandon }: Begun): Promise<End> {
    const { backends, budget } = this.parts;
    const deadline = performance.now() + claim.remainingMs;
    const avoid = new Set<string>();
    budget.deposit();
    for (let number = 1; ; number++) {
      const run = runOf(claim.delivery, number);
      let writer: StreamWriter | null = null;
      const called = await backends.call(task, avoid, signal, (piece, backend) => {
        writer ??= this.parts.tell({ job, run, backend, model: task.model }, abandon);
        writer.piece(piece);
      });
      await (writer as StreamWriter | null)?.end();
      if (called === null) return failed('backend_unavailable', { attempts: number - 1 });
      avoid.add(called.backendId);
      const made = {
        attempts: number,
        backend_id: called.backendId,
        processing_ms: called.tookMs,
        ...(task.is_streamed ? { run } : {}),
      };
      const remainingMs = deadline - performance.now();
      const state = { number, attemptsMax: ATTEMPTS_MAX, remainingMs, canRetry: budget.canRetry() };
      if (isTrouble(called.outcome)) this.warn(called.backendId, called.outcome, claim.requestId);
      const verdict = judgeAttempt(called.outcome, state, Math.random());
      switch (verdict.kind) {
        case 'succeed':
          return completed(verdict.answer, { ...made, ...this.cost(task, verdict.answer) });
        case 'fail':
          return failed(verdict.because, made);
        case 'stop':
          return { kind: 'stopped', reason: reasonOf(signal), attempts: number };
        case 'retry':
          budget.withdraw();
          await pause(verdict.delayMs, undefined, { signal }).catch(() => undefined);
          if (signal.aborted) return { kind: 'stopped', reason: reasonOf(signal), attempts: number };
      }
    }
  }

  private cost({ model }: GenerationTask, { usage }: Answer): Pick<Outcome, 'cost_usd'> {
    const price = priceOf(this.parts.prices, model);
    return price === null ? {} : { cost_usd: costUsd(price, usage) };
  }

  /** Says what the backend said, never what it was asked or answered. */
  private warn(backend: string, outcome: CallOutcome, request_id: string): void {
    this.parts.logger.warn({ request_id, backend, outcome }, 'a backend call failed');
  }

  private async stopped(job: JobRef, { reason, attempts }: End & { kind: 'stopped' }): Promise<Ran> {
    switch (reason) {
      case 'deadline':
        return this.settle(job, expired(attempts));
      case 'abandon':
        return { kind: 'closed' };
      case 'drain':
        return {
          kind: (await patiently(REFUSED_MS_MAX, () => this.parts.claims.handBack(job)))
            ? 'handed-back'
            : 'closed',
        };
    }
  }

  private async settle(job: JobRef, ending: Ending): Promise<Ran> {
    const { settlement, workerId, metrics } = this.parts;
    const settled = await patiently(REFUSED_MS_MAX, () =>
      settlement.settle(job, { ...ending, by: workerId }),
    );
    const status = settled.kind === 'settled' ? ending.status : settled.kind;
    metrics.counter('sluice_settlements_total').inc({ pool: job.pool, status });
    if (settled.kind !== 'settled') return { kind: 'closed' };
    metrics.counter('llm_instance_tokens_total').inc(ending.outcome.usage?.output_tokens ?? 0);
    if (ending.status !== 'failed') return { kind: 'closed' };
    return { kind: 'failed', because: ending.outcome.error_code ?? 'internal_error' };
  }
}

const isTrouble = ({ kind }: CallOutcome): boolean => kind !== 'completed' && kind !== 'aborted';

function reasonOf(signal: AbortSignal): StopReason {
  const reason: unknown = signal.reason;
  return reason === 'drain' || reason === 'deadline' ? reason : 'abandon';
}

function completed(answer: Answer, made: Outcome): End {
  const outcome = { ...made, text: answer.text, finish_reason: answer.finishReason, usage: answer.usage };
  return { kind: 'ending', ending: { status: 'completed', outcome } };
}

function failed(because: ErrorCode, made: Outcome): End {
  return { kind: 'ending', ending: { status: 'failed', outcome: { ...made, error_code: because } } };
}

const expired = (attempts: number): Ending => ({
  status: 'expired',
  outcome: { attempts, error_code: 'deadline_exceeded' },
});
