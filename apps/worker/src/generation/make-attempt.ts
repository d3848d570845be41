import { setTimeout as pause } from 'node:timers/promises';
import { runOf } from '#common/contracts/job-stream.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { BackendDirectory, KnownBackend } from '../backends/backend-directory.js';
import type { Piece } from '../backends/backend.js';
import type { Called, CallBackend } from '../backends/call-backend.js';
import type { Asking, Router } from '../backends/router.js';
import type { StreamedRun } from '../streaming/stream-writer.js';
import type { Attempt } from './attempt.js';
import { tracedAttempt } from './attempt-span.js';
import { type Contender, Contest } from './contest.js';
import type { RetryBudget } from './retry-budget.js';

/** Of a job, over all its deliveries; a second call beside a silent one counts as well. */
export const ATTEMPTS_MAX = 3;

/** Where the tokens of one run go. */
export interface Telling {
  piece(piece: Piece): void;
  /** Resolves when all of them are told. */
  end(): Promise<void>;
}

export interface MakeAttemptParts {
  readonly router: Router;
  readonly calls: CallBackend;
  readonly directory: Pick<BackendDirectory, 'routeOf'>;
  readonly budget: RetryBudget;
  /** `onClosed` is called when nobody wants these tokens any more. */
  readonly tell: (run: StreamedRun, onClosed: () => void) => Telling;
  readonly metrics: Metrics;
}

export interface Attempted extends Called {
  readonly backend: KnownBackend;
  readonly model: string;
  /** Attempts of the job so far; two more than before when a second call was made beside the first. */
  readonly made: number;
  /** All backends that were called. */
  readonly called: readonly string[];
  /** Null when nothing was told. */
  readonly run: number | null;
}

/** One attempt: a call, told piece by piece where the job is streamed, and a second call beside it where the route hedges. */
export class MakeAttempt {
  constructor(private readonly parts: MakeAttemptParts) {}

  async execute(attempt: Attempt, signal: AbortSignal): Promise<Attempted> {
    const contest = new Contest(signal);
    const tellings = new Map<number, Telling>();
    const contenders = [this.enter(attempt, contest, tellings)];
    const second = await this.hedge(attempt, contest, contenders);
    if (second !== null) contenders.push(this.enter({ ...attempt, ...second }, contest, tellings));
    const { contender, called } = await contest.decide(contenders);
    const telling = tellings.get(contender.number);
    await telling?.end();
    if (second !== null) this.countHedge(contender.number === attempt.number, called);
    return {
      ...called,
      backend: contender.chosen.backend,
      model: contender.chosen.model,
      made: attempt.number + contenders.length - 1,
      called: contenders.map(({ chosen }) => chosen.backend.config.id),
      run: telling === undefined ? null : runOf(attempt.delivery, contender.number),
    };
  }

  private enter(attempt: Attempt, contest: Contest, tellings: Map<number, Telling>): Contender {
    const { chosen, number, task } = attempt;
    if (chosen.model !== task.model)
      this.parts.metrics.counter('sluice_fallbacks_total').inc({ backend: chosen.backend.config.id });
    const onPiece = (piece: Piece): void => {
      if (!contest.hears(number)) return;
      const telling = tellings.get(number) ?? this.tell(attempt);
      tellings.set(number, telling);
      telling.piece(piece);
    };
    const signal = contest.enter(number);
    const ended = tracedAttempt(attempt, (onFirst) =>
      this.parts.calls.execute(chosen, task, signal, (piece) => {
        onFirst();
        onPiece(piece);
      }),
    );
    return { chosen, number, ended };
  }

  private tell({ job, chosen, delivery, number, abandon }: Attempt): Telling {
    const { backend, model } = chosen;
    const run = { job, run: runOf(delivery, number), backend: backend.config.id, model };
    return this.parts.tell(run, abandon);
  }

  /** A backend for a second call, once the first has been silent for as long as the route says. */
  private async hedge(
    attempt: Attempt,
    contest: Contest,
    [first]: readonly Contender[],
  ): Promise<Pick<Attempt, 'chosen' | 'number'> | null> {
    const { router, budget, directory } = this.parts;
    const afterMs = directory.routeOf(attempt.task.model).hedge_after_ms;
    if (afterMs === undefined || first === undefined || attempt.number >= ATTEMPTS_MAX) return null;
    const isSilent = await silentFor(afterMs, first, contest.decided);
    if (!isSilent || !budget.canRetry()) return null;
    const { job, task, tried } = attempt;
    const busyWith = new Set([...tried, first.chosen.backend.config.id]);
    const asking: Asking = { pool: job.pool, task, tried, busyWith };
    const over = AbortSignal.any([contest.decided, endOf(first)]);
    const found = await router.find(asking, over);
    if (found.kind !== 'chosen') return null;
    // The first call may have ended while a permit was asked for.
    if (over.aborted) {
      router.decline(found);
      return null;
    }
    budget.withdraw();
    return { chosen: found, number: attempt.number + 1 };
  }

  private countHedge(isFirst: boolean, { outcome }: Called): void {
    const winner = outcome.kind !== 'completed' ? 'neither' : isFirst ? 'first' : 'hedge';
    this.parts.metrics.counter('sluice_hedges_total').inc({ winner });
  }
}

/** False as soon as the call has ended or spoken. */
async function silentFor(ms: number, { ended }: Contender, decided: AbortSignal): Promise<boolean> {
  const waiting = new AbortController();
  const signal = AbortSignal.any([waiting.signal, decided]);
  try {
    return await Promise.race([pause(ms, true, { signal }).catch(() => false), ended.then(() => false)]);
  } finally {
    waiting.abort();
  }
}

/** Fires when the call has ended. */
function endOf({ ended }: Contender): AbortSignal {
  const controller = new AbortController();
  void ended.then(() => {
    controller.abort();
  });
  return controller.signal;
}
