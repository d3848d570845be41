/** The life of a job. A status with no way out is final by construction. */
const WAYS_OUT = {
  queued: ['running', 'failed', 'cancelled', 'expired'],
  running: ['queued', 'completed', 'failed', 'cancelled', 'expired'],
  completed: [],
  failed: [],
  cancelled: [],
  expired: [],
} as const satisfies Record<string, readonly string[]>;

export type JobStatus = keyof typeof WAYS_OUT;
export type FinalStatus = 'completed' | 'failed' | 'cancelled' | 'expired';

export const JOB_STATUSES: readonly [JobStatus, ...JobStatus[]] = [
  'queued',
  'running',
  'completed',
  'failed',
  'cancelled',
  'expired',
];

export function isFinal(status: JobStatus): status is FinalStatus {
  return WAYS_OUT[status].length === 0;
}
