import type { Outcome } from '#common/contracts/outcome.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { Ending } from '#common/settlement/settlement.js';
import type { StopReason } from './running-jobs.js';

/** How one delivery of a job ends. */
export type End =
  | { readonly kind: 'ending'; readonly ending: Ending }
  /** No backend can take it now: the queue delivers it again after so long. */
  | { readonly kind: 'postponed'; readonly inMs: number; readonly because: string; readonly attempts: number }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly attempts: number };

export const completed = (outcome: Outcome): End => ({
  kind: 'ending',
  ending: { status: 'completed', outcome },
});

export const failed = (because: ErrorCode, outcome: Outcome): End => ({
  kind: 'ending',
  ending: { status: 'failed', outcome: { ...outcome, error_code: because } },
});

export const expired = (attempts: number): Ending => ({
  status: 'expired',
  outcome: { attempts, error_code: 'deadline_exceeded' },
});

/** Why a run was told to stop. */
export function reasonOf(signal: AbortSignal): StopReason {
  const reason: unknown = signal.reason;
  return reason === 'drain' || reason === 'deadline' ? reason : 'abandon';
}
