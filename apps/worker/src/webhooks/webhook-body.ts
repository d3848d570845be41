import type { JobRecord } from '#common/contracts/job-record.js';
import type { JobView } from '#common/contracts/job-view.js';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import { webhookEventOf } from '#common/contracts/webhook.js';
import { viewJob } from '#common/jobs/job-view.js';

/** A body is never longer, in bytes: a result that would make it so is left out. */
export const BODY_BYTES_MAX = 256 * 1024;

/**
 * The bytes that receivers are told: the job as `GET /jobs/{id}` shows it. With `result_omitted` the result is to be had there only,
 * or no more: it was large, too much waits for the tenant's receivers (`withResult` is false), or its retention had passed (`record` is
 * null) before it was told.
 */
export function bodyOf(event: SettledEvent, record: JobRecord | null, withResult = true): string {
  const view = record === null ? null : shown(record);
  if (view === null) return written(event, { ...withoutResult(fromEvent(event)), ...omitted(event) });
  const whole = written(event, view);
  if (withResult ? Buffer.byteLength(whole) <= BODY_BYTES_MAX : view.result === undefined) return whole;
  return written(event, { ...withoutResult(view), result_omitted: true });
}

/** Null for a record that was damaged from outside: one that cannot be shown must not keep all others waiting. */
function shown(record: JobRecord): JobView | null {
  try {
    return viewJob(record);
  } catch {
    return null;
  }
}

const written = ({ status, settled_ms }: SettledEvent, job: object): string =>
  JSON.stringify({
    type: webhookEventOf(status),
    timestamp: new Date(settled_ms).toISOString(),
    data: job,
  });

const omitted = ({ status }: SettledEvent): object =>
  status === 'completed' ? { result_omitted: true } : {};

const withoutResult = ({ result: _, ...view }: Partial<JobView>): Partial<JobView> => view;

/** What the settlement's event says of the job. What it does not say is left out. */
function fromEvent({ job_id, started_ms, worker_id, ...event }: SettledEvent): Partial<JobView> {
  const view = viewJob({
    ...event,
    id: job_id,
    priority: 'normal',
    deadline_ms: event.created_ms,
    deliveries: 0,
    webhook: undefined,
    ...(started_ms === null ? {} : { started_ms }),
    ...(worker_id === null ? {} : { worker_id }),
  });
  const {
    priority: _priority,
    deadline_at: _deadline,
    deliveries: _deliveries,
    metadata: _,
    ...known
  } = view;
  return known;
}
