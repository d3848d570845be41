import { z } from 'zod';
import type { JobRecord } from '#common/contracts/job-record.js';
import type { JobView } from '#common/contracts/job-view.js';
import { CATALOGUE, type ErrorCode, type ErrorEntry } from '#common/errors/catalogue.js';
import { answerOf } from './answer-of.js';
import { jobUrl } from './job-url.js';
import { settledRecord } from './settled-record.js';

const pairs = z.record(z.string(), z.string());
const toSeconds = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1_000);

/** A job record as its owner sees it. */
export function viewJob(record: JobRecord): JobView {
  const { metadata } = record;
  return {
    job_id: record.id,
    status: record.status,
    request_id: record.request_id,
    model: record.model,
    pool: record.pool,
    priority: record.priority,
    created_at: record.created_ms / 1_000,
    deadline_at: record.deadline_ms / 1_000,
    started_at: toSeconds(record.started_ms),
    finished_at: toSeconds(record.settled_ms),
    queue_wait_ms: record.started_ms === undefined ? null : record.started_ms - record.created_ms,
    attempts: record.outcome?.attempts ?? 0,
    deliveries: record.deliveries,
    worker_id: record.worker_id === undefined || record.worker_id === '' ? null : record.worker_id,
    metadata: metadata === undefined ? null : pairs.parse(JSON.parse(metadata)),
    status_url: jobUrl(record.id),
    ...ending(record),
  };
}

function ending(record: JobRecord): Pick<JobView, 'result' | 'error'> {
  const settled = settledRecord(record);
  switch (settled?.status) {
    case undefined:
      return {};
    case 'completed':
      return { result: answerOf(settled, { requestId: record.request_id, model: record.model }) };
    case 'cancelled':
      return { error: describe('job_cancelled', 'The job was cancelled.') };
    case 'expired':
      return { error: describe('deadline_exceeded') };
    case 'failed':
      return { error: describe(record.outcome?.error_code ?? 'internal_error') };
  }
}

function describe(code: ErrorCode, sentence?: string): NonNullable<JobView['error']> {
  const entry: ErrorEntry = CATALOGUE[code];
  return { message: sentence ?? entry.sentence, type: entry.type, code };
}
