import type { GenerationTask } from '#common/contracts/generation.js';
import type { JobRecord } from '#common/contracts/job-record.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { FailedDetail } from '#common/queue/failed-jobs.js';

/** A job in its pool's failed set, with what is still known of it. */
export interface DeadLetter {
  readonly id: string;
  readonly pool: string;
  readonly failedMs: number;
  readonly detail: FailedDetail;
  /** Null when its retention has passed. */
  readonly record: JobRecord | null;
  /** Of the payload where there is no record; null when neither can be read. */
  readonly tenant: string | null;
  readonly model: string | null;
  readonly errorCode: ErrorCode;
  /** Nobody ends it any more: the sweeper has no look at it to come. */
  readonly isSettled: boolean;
}

/** One dead letter with what its caller asked. Null: the payload is none of ours. */
export interface OpenedLetter {
  readonly letter: DeadLetter;
  readonly task: GenerationTask | null;
}
