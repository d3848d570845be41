import { setTimeout as pause } from 'node:timers/promises';
import type { ConfigFile } from '#common/config/config-file.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import { costUsd } from '#common/contracts/price.js';
import type { Outcome } from '#common/contracts/outcome.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { Logger } from '#common/observability/logger.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { CallOutcome } from '../backends/backend.js';
import { priceAt } from '../backends/price-at.js';
import type { Router, Unrouted } from '../backends/router.js';
import { judgeAttempt, type Verdict } from './attempt.policy.js';
import type { Claim } from './claims.ledger.js';
import { completed, type End, failed, reasonOf } from './end.js';
import { ATTEMPTS_MAX, type Attempted, type MakeAttempt } from './make-attempt.js';
import type { RetryBudget } from './retry-budget.js';
import type { Run } from './running-jobs.js';

export interface TryBackendsParts {
  readonly router: Router;
  readonly attempts: MakeAttempt;
  readonly budget: RetryBudget;
  readonly logger: Logger;
  readonly prices: ConfigFile['prices'];
}

export interface Begun {
  readonly job: JobRef;
  readonly task: GenerationTask;
  readonly claim: Claim & { readonly kind: 'begun' };
}

/** Where a job stands between two attempts. */
interface Progress {
  readonly made: number;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly last: (Verdict & { readonly kind: 'retry' }) | null;
}

/** The attempts of a job: one backend after another until one verdict is final, or none may be called now. */
export class TryBackends {
  constructor(private readonly parts: TryBackendsParts) {}

  async execute(begun: Begun, run: Pick<Run, 'signal' | 'stop'>): Promise<End> {
    const { signal } = run;
    const { router, attempts, budget } = this.parts;
    const { job, task, claim } = begun;
    const tried = new Set<string>();
    const asking = { pool: job.pool, task, tried };
    const deadline = performance.now() + claim.remainingMs;
    const abandon = (): void => {
      run.stop('abandon');
    };
    let progress: Progress = { made: claim.attempts, deadline, last: null };
    if (progress.made === 0) budget.deposit();
    for (;;) {
      if (progress.last !== null && router.isRepetition(asking)) await wait(progress.last.delayMs, signal);
      const route = await router.find(asking, signal);
      if (route.kind !== 'chosen') return unrouted(route, progress, signal);
      const { delivery } = claim;
      const attempt = { ...asking, job, chosen: route, number: progress.made + 1, delivery, abandon };
      const attempted = await attempts.execute(attempt, signal);
      for (const id of attempted.called) tried.add(id);
      const verdict = this.judge(attempted, deadline, claim.requestId);
      if (verdict.kind !== 'retry') return this.final(verdict, attempted, { task, signal });
      budget.withdraw();
      progress = { made: attempted.made, deadline, last: verdict };
    }
  }

  private judge({ outcome, backend, made, run }: Attempted, deadline: number, requestId: string): Verdict {
    if (isTrouble(outcome)) this.warn(backend.config.id, outcome, requestId);
    const remainingMs = deadline - performance.now();
    const canRetry = this.parts.budget.canRetry();
    const state = { made, attemptsMax: ATTEMPTS_MAX, remainingMs, canRetry, hasTold: run !== null };
    return judgeAttempt(outcome, state, Math.random());
  }

  private final(
    verdict: Exclude<Verdict, { kind: 'retry' }>,
    attempted: Attempted,
    { task, signal }: { readonly task: GenerationTask; readonly signal: AbortSignal },
  ): End {
    const outcome = outcomeOf(attempted, task);
    switch (verdict.kind) {
      case 'stop':
        return { kind: 'stopped', reason: reasonOf(signal), attempts: attempted.made };
      case 'fail':
        return failed(verdict.because, {
          ...outcome,
          ...(verdict.refusal === undefined ? {} : { refusal: verdict.refusal }),
        });
      case 'succeed': {
        const { text, finishReason: finish_reason, usage, body } = verdict.answer;
        const price = priceAt(attempted.backend.config.prices, this.parts.prices, attempted.model);
        const cost = price === null ? {} : { cost_usd: costUsd(price, usage) };
        const whole = body === undefined ? {} : { body };
        return completed({ ...outcome, text, finish_reason, usage, ...whole, ...cost });
      }
    }
  }

  /** Says what the backend said, never what it was asked or answered. */
  private warn(backend: string, outcome: CallOutcome, request_id: string): void {
    const { refusal: _, ...said } = { refusal: undefined, ...outcome };
    this.parts.logger.warn({ request_id, backend, outcome: said }, 'a backend call failed');
  }
}

/** How a job goes on that has no backend for its next attempt. */
function unrouted(route: Unrouted, { made, deadline, last }: Progress, signal: AbortSignal): End {
  const fail = (because: ErrorCode): End => failed(last?.because ?? because, { attempts: made });
  switch (route.kind) {
    case 'stopped':
      return { kind: 'stopped', reason: reasonOf(signal), attempts: made };
    case 'nobody':
      return fail('model_not_found');
    case 'later':
      // A backend that asks for more time than there is will not change its mind; a circuit may close early.
      if (route.because === 'rest' && route.inMs >= deadline - performance.now())
        return fail('backend_unavailable');
      return { ...route, kind: 'postponed', attempts: made };
  }
}

const outcomeOf = ({ made, backend, model, tookMs, run }: Attempted, task: GenerationTask): Outcome => ({
  attempts: made,
  backend_id: backend.config.id,
  processing_ms: tookMs,
  ...(model === task.model ? {} : { model }),
  ...(run === null ? {} : { run }),
});

const isTrouble = ({ kind }: CallOutcome): boolean => kind !== 'completed' && kind !== 'aborted';

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);
