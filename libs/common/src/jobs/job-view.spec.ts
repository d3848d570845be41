import { describe, expect, it } from '@jest/globals';
import type { JobRecord } from '#common/contracts/job-record.js';
import { JOB_STATUSES } from '#common/contracts/job-status.js';
import { jobView } from '#common/contracts/job-view.js';
import { CATALOGUE, ERROR_CODES } from '#common/errors/catalogue.js';
import { viewJob } from './job-view.js';

const queued: JobRecord = {
  id: 'job_1',
  tenant: 'tenant-canary',
  client_id: 'user:canary',
  request_id: 'req_1',
  pool: 'default',
  model: 'sim-fast',
  priority: 'high',
  status: 'queued',
  created_ms: 1_790_000_000_000,
  deadline_ms: 1_790_000_060_500,
  deliveries: 0,
};
const ended: JobRecord = {
  ...queued,
  status: 'completed',
  started_ms: 1_790_000_000_250,
  settled_ms: 1_790_000_001_000,
  worker_id: 'worker-1',
  deliveries: 2,
  outcome: {
    attempts: 3,
    text: 'Hello',
    finish_reason: 'stop',
    usage: { input_tokens: 3, output_tokens: 4 },
    backend_id: 'simulator',
    processing_ms: 740,
  },
};

describe('viewJob', () => {
  it('shows a job that waits, with times in seconds and null for what is not yet', () => {
    expect(viewJob(queued)).toEqual({
      job_id: 'job_1',
      status: 'queued',
      request_id: 'req_1',
      model: 'sim-fast',
      pool: 'default',
      priority: 'high',
      created_at: 1_790_000_000,
      deadline_at: 1_790_000_060.5,
      started_at: null,
      finished_at: null,
      queue_wait_ms: null,
      attempts: 0,
      deliveries: 0,
      worker_id: null,
      metadata: null,
      status_url: '/jobs/job_1',
    });
  });

  it('shows a completed job with the answer that its caller would have got', () => {
    const view = viewJob(ended);
    expect(view).toMatchObject({
      started_at: 1_790_000_000.25,
      finished_at: 1_790_000_001,
      queue_wait_ms: 250,
      attempts: 3,
      deliveries: 2,
      worker_id: 'worker-1',
      result: { response: 'Hello', tokens_used: 7, request_id: 'req_1', job_id: 'job_1', queue_wait_ms: 250 },
    });
    expect(view).not.toHaveProperty('error');
  });

  it.each(ERROR_CODES)('shows why a job failed by %s as the catalogue says it', (error_code) => {
    const { error, ...view } = viewJob({ ...ended, status: 'failed', outcome: { attempts: 1, error_code } });
    const { sentence: message, type } = CATALOGUE[error_code];
    expect(error).toEqual({ message, type, code: error_code });
    expect(view).not.toHaveProperty('result');
  });

  it('shows a failure without a reason as our own', () => {
    expect(viewJob({ ...ended, status: 'failed', outcome: { attempts: 1 } }).error?.code).toBe(
      'internal_error',
    );
  });

  it('shows that a job was cancelled or ran out of time as its error', () => {
    const cancelled = viewJob({ ...queued, status: 'cancelled', settled_ms: 1_790_000_000_001 });
    expect(cancelled.error).toMatchObject({ code: 'job_cancelled', message: 'The job was cancelled.' });
    expect(viewJob({ ...ended, status: 'expired' }).error?.code).toBe('deadline_exceeded');
  });

  it('shows neither result nor error before the end', () => {
    for (const status of ['queued', 'running'] as const) {
      const view = viewJob({ ...ended, status });
      expect(view).not.toHaveProperty('result');
      expect(view).not.toHaveProperty('error');
    }
  });

  it('gives metadata back as it was sent', () => {
    expect(viewJob({ ...queued, metadata: '{"order":"7","":"\\u20ac"}' }).metadata).toEqual({
      order: '7',
      '': '€',
    });
  });

  it('names no worker while the job is handed back', () => {
    expect(viewJob({ ...queued, worker_id: '' }).worker_id).toBeNull();
  });

  it.each(JOB_STATUSES)(
    'is what the documentation promises when %s, and says nothing of the caller',
    (status) => {
      const view = viewJob({ ...ended, status });
      expect(jobView.strict().parse(view)).toEqual(view);
      expect(JSON.stringify(view)).not.toContain('canary');
    },
  );
});
