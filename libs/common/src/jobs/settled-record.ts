import type { JobRecord } from '#common/contracts/job-record.js';
import { isFinal } from '#common/contracts/job-status.js';
import type { WakeUp } from '#common/contracts/wake-up.js';

/** The settlement that a job record holds, or null while there is none. */
export function settledRecord(record: JobRecord): WakeUp | null {
  if (!isFinal(record.status)) return null;
  return {
    id: record.id,
    status: record.status,
    created_ms: record.created_ms,
    started_ms: record.started_ms ?? null,
    settled_ms: record.settled_ms ?? record.created_ms,
    worker_id: record.worker_id === undefined || record.worker_id === '' ? null : record.worker_id,
    outcome: record.outcome ?? { attempts: 0 },
  };
}
