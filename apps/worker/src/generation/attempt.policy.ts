import type { Answer } from '#common/contracts/generation.js';
import type { BackendRefusal } from '#common/contracts/outcome.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { CallOutcome } from '../backends/backend.js';

/** What we do about an outcome. */
export type Verdict =
  | { readonly kind: 'succeed'; readonly answer: Answer }
  /** `delayMs`: before the same backend is called again; another one is called at once. */
  | { readonly kind: 'retry'; readonly delayMs: number; readonly because: ErrorCode }
  | { readonly kind: 'fail'; readonly because: ErrorCode; readonly refusal?: BackendRefusal }
  /** The attempt was aborted: whoever aborted decides how the job goes on. */
  | { readonly kind: 'stop' };

export interface AttemptState {
  /** How many attempts the job has made, with this one. */
  readonly made: number;
  readonly attemptsMax: number;
  /** Until the job's deadline, in milliseconds. */
  readonly remainingMs: number;
  /** Whether the retry budget allows one more. */
  readonly canRetry: boolean;
  /** Tokens of this attempt have been told: another one would tell them again. */
  readonly hasTold: boolean;
}

const BACKOFF_BASE_MS = 100;
const BACKOFF_MS_MAX = 2_000;

/** `dice` is in [0, 1): the caller throws it, so that this stays a function of its arguments. */
export function judgeAttempt(outcome: CallOutcome, attempt: AttemptState, dice: number): Verdict {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'succeed', answer: outcome.answer };
    case 'aborted':
      return { kind: 'stop' };
    case 'refused': {
      const { refusal } = outcome;
      return { kind: 'fail', because: 'backend_refused', ...(refusal === undefined ? {} : { refusal }) };
    }
    case 'garbled':
      // It would be as large the next time.
      if (outcome.because === 'oversized' && !attempt.hasTold)
        return { kind: 'fail', because: 'backend_bad_response' };
      return retryOrFail('backend_bad_response', attempt, dice);
    case 'throttled':
      return retryOrFail('backend_unavailable', attempt, dice);
    case 'unavailable': {
      const hasAnswered = outcome.because === 'server-error';
      return retryOrFail(hasAnswered ? 'backend_bad_response' : 'backend_unavailable', attempt, dice);
    }
  }
}

/** A retry that could only begin after the deadline is not worth the wait; one that would repeat tokens is none. */
function retryOrFail(because: ErrorCode, attempt: AttemptState, dice: number): Verdict {
  if (attempt.hasTold) return { kind: 'fail', because: 'stream_interrupted' };
  const delayMs = fullJitterMs(attempt.made, dice);
  const isWorthIt = attempt.canRetry && attempt.made < attempt.attemptsMax && delayMs < attempt.remainingMs;
  return isWorthIt ? { kind: 'retry', delayMs, because } : { kind: 'fail', because };
}

/**
 * Whole milliseconds, uniform between 0 and min(2 s, 100 ms · 2^(attempts − 1)): "full jitter" of the AWS Architecture
 * Blog, "Exponential Backoff And Jitter" (Marc Brooker, 2015).
 */
function fullJitterMs(made: number, dice: number): number {
  const ceilingMs = Math.min(BACKOFF_MS_MAX, BACKOFF_BASE_MS * 2 ** (made - 1));
  return Math.floor(dice * (ceilingMs + 1));
}
