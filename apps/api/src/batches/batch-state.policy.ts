/** The life of a batch, in OpenAI's words. A status with no way out is final by construction. */
const WAYS_OUT = {
  validating: ['in_progress', 'failed', 'cancelling'],
  in_progress: ['finalizing', 'expired', 'cancelling'],
  finalizing: ['completed', 'expired'],
  cancelling: ['cancelled'],
  completed: [],
  failed: [],
  expired: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type BatchStatus = keyof typeof WAYS_OUT;

export const BATCH_STATUSES: readonly [BatchStatus, ...BatchStatus[]] = [
  'validating',
  'in_progress',
  'finalizing',
  'cancelling',
  'completed',
  'failed',
  'expired',
  'cancelled',
];

export const isEnded = (status: BatchStatus): boolean => WAYS_OUT[status].length === 0;

/** Those that somebody has to work on. */
export const OPEN_STATUSES: readonly BatchStatus[] = BATCH_STATUSES.filter((status) => !isEnded(status));

/** The statuses from which a batch may go to this one. */
export const waysInto = (status: BatchStatus): readonly BatchStatus[] =>
  BATCH_STATUSES.filter((from) => WAYS_OUT[from].some((to) => to === status));
