import { wasNeverAccepted } from '#common/contracts/never-accepted.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import type { ErrorCode } from '#common/errors/catalogue.js';

/** Refusals that pass by themselves: a line waits for its turn, as nobody waits for its answer. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'rate_limit_exceeded',
  'insufficient_quota',
  'queue_full',
  'overloaded',
  'dependency_unavailable',
  'stopping',
]);

/** A budget may be raised long before midnight. */
const WAIT_MS_MAX = 30_000;
const WAIT_MS_MIN = 250;

export const isPassing = (code: ErrorCode): boolean => PASSING.has(code);

/** How long a line waits that was refused for now. */
export const lineWaitMs = (retryAfterSeconds: number | undefined): number =>
  Math.min(WAIT_MS_MAX, Math.max(WAIT_MS_MIN, (retryAfterSeconds ?? 1) * 1_000));

export type LineVerdict = 'answered' | 'again' | 'unfinished';

/**
 * What the end of its job means for a line. `again`: the job was taken back before anybody worked on it, because Redis did not
 * answer when it was submitted, or never reached its queue; its key is free. `unfinished`: its deadline is the end of the batch's window.
 */
export function judgeSettled(settled: WakeUp): LineVerdict {
  if (settled.status === 'expired') return 'unfinished';
  if (settled.outcome?.error_code === 'job_lost') return 'again';
  return wasNeverAccepted(settled) ? 'again' : 'answered';
}
