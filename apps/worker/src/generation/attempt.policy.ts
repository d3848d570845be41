import type { Answer } from '#common/contracts/generation.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { CallOutcome } from '../backends/backend.js';

/** What we do about an outcome. */
export type Verdict =
  | { readonly kind: 'succeed'; readonly answer: Answer }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly because: ErrorCode }
  | { readonly kind: 'fail'; readonly because: ErrorCode }
  /** The attempt was aborted: whoever aborted decides how the job goes on. */
  | { readonly kind: 'stop' };

export interface AttemptState {
  /** Which attempt the outcome belongs to, from 1. */
  readonly number: number;
  readonly attemptsMax: number;
  /** Until the job's deadline, in milliseconds. */
  readonly remainingMs: number;
  /** Whether the retry budget allows one more. */
  readonly canRetry: boolean;
}

const BACKOFF_BASE_MS = 100;
const BACKOFF_MS_MAX = 2_000;

/** `dice` is in [0, 1): the caller throws it, so that this stays a function of its arguments. */
export function judgeAttempt(outcome: CallOutcome, attempt: AttemptState, dice: number): Verdict {
  const backoffMs = fullJitterMs(attempt.number, dice);
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'succeed', answer: outcome.answer };
    case 'aborted':
      return { kind: 'stop' };
    case 'refused':
      return { kind: 'fail', because: 'backend_refused' };
    case 'garbled':
      return retryOrFail('backend_bad_response', attempt, backoffMs);
    case 'throttled':
      return retryOrFail('backend_unavailable', attempt, (outcome.retryAfterMs ?? 0) + backoffMs);
    case 'unavailable': {
      const hasAnswered = outcome.because === 'server-error';
      return retryOrFail(hasAnswered ? 'backend_bad_response' : 'backend_unavailable', attempt, backoffMs);
    }
  }
}

/** A retry that could only begin after the deadline is not worth the wait. */
function retryOrFail(because: ErrorCode, attempt: AttemptState, delayMs: number): Verdict {
  const isWorthIt = attempt.canRetry && attempt.number < attempt.attemptsMax && delayMs < attempt.remainingMs;
  return isWorthIt ? { kind: 'retry', delayMs, because } : { kind: 'fail', because };
}

/**
 * Whole milliseconds, uniform between 0 and min(2 s, 100 ms · 2^(attempt − 1)): "full jitter" of the AWS Architecture
 * Blog, "Exponential Backoff And Jitter" (Marc Brooker, 2015).
 */
function fullJitterMs(attemptNumber: number, dice: number): number {
  const ceilingMs = Math.min(BACKOFF_MS_MAX, BACKOFF_BASE_MS * 2 ** (attemptNumber - 1));
  return Math.floor(dice * (ceilingMs + 1));
}
