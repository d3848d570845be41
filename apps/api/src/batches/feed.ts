import type { BatchLease } from './batch-lease.js';

/** The work of one process on one batch, for as long as it has the lease. */
export interface Feed {
  readonly id: string;
  readonly lease: BatchLease;
  /** Fires when the lease is lost or this process stops: then nothing more is done. */
  readonly signal: AbortSignal;
  /** Fires when the batch is to be cancelled. */
  readonly cancel: AbortSignal;
  /** How many batches of its tenant are open. */
  readonly tenantBatches: () => number;
}
