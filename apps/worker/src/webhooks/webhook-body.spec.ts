import { describe, expect, it } from '@jest/globals';
import type { JobRecord } from '#common/contracts/job-record.js';
import { viewJob } from '#common/jobs/job-view.js';
import { settledEventOf } from '../../../../test/support/settled-events.js';
import { BODY_BYTES_MAX, bodyOf } from './webhook-body.js';

const event = settledEventOf();
const record: JobRecord = {
  id: event.job_id,
  tenant: event.tenant,
  client_id: 'client-canary',
  request_id: event.request_id,
  pool: event.pool,
  model: event.model,
  priority: 'high',
  status: 'completed',
  metadata: '{"order":"7"}',
  created_ms: event.created_ms,
  started_ms: 1_767_225_600_250,
  settled_ms: event.settled_ms,
  deadline_ms: event.created_ms + 60_000,
  worker_id: 'worker-1',
  deliveries: 1,
  outcome: { ...event.outcome, text: 'Hello' },
};
const told = (...args: Parameters<typeof bodyOf>) =>
  JSON.parse(bodyOf(...args)) as { type: string; timestamp: string; data: Record<string, unknown> };

describe('the body of a webhook', () => {
  it('holds the job as GET /jobs/{id} shows it, the event and its time', () => {
    expect(told(event, record)).toEqual({
      type: 'job.completed',
      timestamp: '2026-01-01T00:00:01.123Z',
      data: JSON.parse(JSON.stringify(viewJob(record))) as unknown,
    });
    expect(bodyOf(event, record)).not.toContain('canary');
  });

  it('leaves a result out that would make it longer than 256 KiB, counted in bytes, and says so', () => {
    const large: JobRecord = { ...record, outcome: { attempts: 1, text: '€'.repeat(BODY_BYTES_MAX / 3) } };
    const { data } = told(event, large);
    expect(data).not.toHaveProperty('result');
    expect(data).toMatchObject({ result_omitted: true, status_url: `/jobs/${event.job_id}` });
    expect(Buffer.byteLength(bodyOf(event, large))).toBeLessThan(1_000);
  });

  it('says what is known also when the record was damaged, and keeps nobody waiting', () => {
    expect(bodyOf(event, { ...record, metadata: '{' })).toBe(bodyOf(event, null));
  });

  it('says what is known, and no result, of a job whose retention has passed', () => {
    const { data } = told(event, null);
    expect(data).toEqual({
      job_id: event.job_id,
      status: 'completed',
      request_id: 'req-1',
      model: 'sim-fast',
      pool: 'default',
      created_at: 1_767_225_600,
      started_at: 1_767_225_600.25,
      finished_at: 1_767_225_601.123,
      queue_wait_ms: 250,
      attempts: 1,
      worker_id: 'worker-1',
      status_url: `/jobs/${event.job_id}`,
      result_omitted: true,
    });
    const failed = settledEventOf({
      status: 'failed',
      started_ms: null,
      worker_id: null,
      outcome: { attempts: 3, error_code: 'backend_unavailable' },
    });
    expect(told(failed, null)).toMatchObject({
      type: 'job.failed',
      data: { started_at: null, worker_id: null, error: { code: 'backend_unavailable' } },
    });
    expect(told(failed, null).data).not.toHaveProperty('result_omitted');
  });
});
