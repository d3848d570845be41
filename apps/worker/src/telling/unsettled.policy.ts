import type { JobRecord } from '#common/contracts/job-record.js';
import { isFinal } from '#common/contracts/job-status.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { QueueState } from '#common/queue/pool-queues.js';

const LOOK_AGAIN_MS_MIN = 30_000;
/** A job this young may still be on its way from admission to its queue. */
const SUBMISSION_MS_MAX = 2_000;

export type SweepVerdict =
  | { readonly kind: 'end'; readonly status: 'failed' | 'expired'; readonly because: ErrorCode }
  | { readonly kind: 'look-again'; readonly atMs: number }
  /** Settled already, or its record is gone: no longer the sweeper's. */
  | { readonly kind: 'forget' };

/** What becomes of a job that nobody has settled. Times are Redis's, in Unix milliseconds. */
export function judgeUnsettled(record: JobRecord | null, state: QueueState, nowMs: number): SweepVerdict {
  if (record === null || isFinal(record.status)) return { kind: 'forget' };
  switch (state) {
    case 'given-up':
      return { kind: 'end', status: 'failed', because: 'worker_crashed' };
    case 'failed':
      return { kind: 'end', status: 'failed', because: 'internal_error' };
    case 'missing':
    case 'completed':
      if (nowMs < record.created_ms + SUBMISSION_MS_MAX)
        return { kind: 'look-again', atMs: nowMs + SUBMISSION_MS_MAX };
      return { kind: 'end', status: 'failed', because: 'job_lost' };
    case 'queued':
    case 'active': {
      if (nowMs >= record.deadline_ms)
        return { kind: 'end', status: 'expired', because: 'deadline_exceeded' };
      const age = nowMs - record.created_ms;
      return {
        kind: 'look-again',
        atMs: Math.min(record.deadline_ms, nowMs + Math.max(LOOK_AGAIN_MS_MIN, age)),
      };
    }
  }
}
