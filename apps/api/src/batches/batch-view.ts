import type { BatchView } from './batch.schema.js';
import type { StoredBatch } from './batches.ledger.js';

const toSeconds = (date: Date | null): number | null =>
  date === null ? null : Math.floor(date.getTime() / 1_000);

/** A batch as its owner sees it. */
export const viewBatch = (batch: StoredBatch): BatchView => ({
  id: batch.id,
  object: 'batch',
  endpoint: batch.endpoint,
  errors: batch.errors === null ? null : { object: 'list', data: batch.errors },
  input_file_id: batch.inputFileId,
  completion_window: batch.completionWindow,
  status: batch.status,
  output_file_id: batch.outputFileId,
  error_file_id: batch.errorFileId,
  created_at: toSeconds(batch.createdAt) ?? 0,
  in_progress_at: toSeconds(batch.inProgressAt),
  expires_at: toSeconds(batch.expiresAt),
  finalizing_at: toSeconds(batch.finalizingAt),
  completed_at: toSeconds(batch.completedAt),
  failed_at: toSeconds(batch.failedAt),
  expired_at: toSeconds(batch.expiredAt),
  cancelling_at: toSeconds(batch.cancellingAt),
  cancelled_at: toSeconds(batch.cancelledAt),
  request_counts: {
    total: batch.linesTotal,
    completed: batch.linesCompleted,
    failed: batch.linesFailed,
  },
  metadata: batch.metadata,
});
