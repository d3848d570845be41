import type { ErrorCode } from '#common/errors/catalogue.js';
import type { DeadLetter } from './dead-letter.js';

/** Absent: whichever. Times are Unix milliseconds, both ends included. */
export interface LetterFilter {
  readonly errorCode?: ErrorCode | undefined;
  readonly tenant?: string | undefined;
  readonly model?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

type Filtered = Pick<DeadLetter, 'errorCode' | 'tenant' | 'model' | 'failedMs'>;

export function matches(letter: Filtered, { errorCode, tenant, model, fromMs, toMs }: LetterFilter): boolean {
  return (
    (errorCode === undefined || letter.errorCode === errorCode) &&
    (tenant === undefined || letter.tenant === tenant) &&
    (model === undefined || letter.model === model) &&
    (fromMs === undefined || letter.failedMs >= fromMs) &&
    (toMs === undefined || letter.failedMs <= toMs)
  );
}

/**
 * Why a letter cannot be replayed; null when it can. `unsettled`: its job may still be ended by the sweeper. `ended-otherwise`:
 * its caller was told of another end than a failure, such as a cancellation, and does not wait for it.
 */
export function replayHindrance({
  isSettled,
  record,
}: Pick<DeadLetter, 'isSettled' | 'record'>): 'unsettled' | 'ended-otherwise' | null {
  if (!isSettled) return 'unsettled';
  return record === null || record.status === 'failed' ? null : 'ended-otherwise';
}
