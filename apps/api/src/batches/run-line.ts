import { setTimeout as pause } from 'node:timers/promises';
import { mintJobId, mintRequestId } from '#common/contracts/ids.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import { isDefect } from '#common/errors/is-defect.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Logger } from '#common/observability/logger.js';
import { activeSpan, traced } from '#common/observability/tracing.js';
import type { SubmitAndWait } from '../generate/submit-and-wait.js';
import type { Identity } from '../identity/identity.js';
import type { BatchRequest } from './batch-line.parser.js';
import { lineKey } from './line-key.js';
import { isPassing, judgeSettled, lineWaitMs } from './line.policy.js';
import { taskOfLine } from './line-task.js';
import { failureOf, type LineRef, type ResultLine, resultOf } from './result-line.js';

export interface LineRun {
  readonly line: LineRef;
  readonly request: BatchRequest;
  readonly caller: Identity;
  /** When the window of the batch ends, by `performance.now()`. */
  readonly until: number;
  /** Fires when the line is not to be waited for any more; its job goes on. */
  readonly signal: AbortSignal;
}

type Try =
  { readonly kind: 'done'; readonly result: ResultLine | null } | { readonly kind: 'wait'; ms: number };

/** A worker settles an expired job a little after its deadline. */
const GRACE_MS = 1_000;
const AGAIN_MS = 250;

/** One line of a batch: submitted as the low job of its tenant, again while it is refused for now, and waited for. */
export class RunLine {
  constructor(
    private readonly submitAndWait: SubmitAndWait,
    private readonly logger: Logger,
  ) {}

  /** Null: it has no result, because the window ended or `signal` fired. Submitted again, it finds its job. */
  async execute(run: LineRun): Promise<ResultLine | null> {
    const requestId = mintRequestId();
    let task: GenerationTask;
    try {
      task = taskOfLine(run.request, run.line.endpoint);
    } catch (error) {
      return failureOf(run.line, error, requestId);
    }
    // Whoever woke the feeder has nothing to do with the line.
    const attributes = { 'sluice.batch.id': run.line.batchId };
    return traced({ name: 'batch line', kind: 'internal', attributes, parent: null }, () =>
      this.untilDone(run, task, requestId),
    );
  }

  private async untilDone(run: LineRun, task: GenerationTask, requestId: string): Promise<ResultLine | null> {
    while (!run.signal.aborted && performance.now() < run.until) {
      const tried = await this.attempt(run, task, requestId);
      if (tried.kind === 'done') return tried.result;
      const ms = Math.min(tried.ms, Math.max(0, run.until - performance.now()));
      await pause(ms, null, { signal: run.signal }).catch(() => null);
    }
    return null;
  }

  private async attempt(run: LineRun, task: GenerationTask, requestId: string): Promise<Try> {
    try {
      return await this.submit(run, task, requestId);
    } catch (error) {
      if (error instanceof Refusal) {
        if (isPassing(error.code)) return { kind: 'wait', ms: lineWaitMs(error.detail.retryAfterSeconds) };
        activeSpan().failed(error.code);
        return { kind: 'done', result: failureOf(run.line, error, requestId) };
      }
      // Redis is away, for what is not submitted but looked up.
      if (!isDefect(error)) return { kind: 'wait', ms: AGAIN_MS };
      this.logger.error({ batch_id: run.line.batchId, err: error }, 'a line of a batch met a defect');
      activeSpan().failed('internal_error');
      return { kind: 'done', result: failureOf(run.line, error, requestId) };
    }
  }

  private async submit(
    { line, caller, until, signal }: LineRun,
    task: GenerationTask,
    requestId: string,
  ): Promise<Try> {
    const deadlineMs = Math.max(1, Math.floor(until - performance.now()));
    const submitted = await this.submitAndWait.execute(
      {
        id: mintJobId(),
        caller,
        requestId,
        task,
        priority: 'low',
        metadata: undefined,
        idempotency: lineKey(line.batchId, line.index),
        webhook: { nobody: true },
        waives: 'rates',
      },
      { mode: 'sync', waitMs: deadlineMs + GRACE_MS, deadlineMs },
      signal,
    );
    if (submitted.kind !== 'settled') return { kind: 'done', result: null };
    const { settled, requestId: madeBy } = submitted;
    switch (judgeSettled(settled)) {
      case 'again':
        return { kind: 'wait', ms: AGAIN_MS };
      case 'unfinished':
        return { kind: 'done', result: null };
      case 'answered':
        return { kind: 'done', result: resultOf(line, { settled, task, requestId: madeBy }) };
    }
  }
}
