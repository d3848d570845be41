import { describe, expect, it } from '@jest/globals';
import type { JobRecord } from '#common/contracts/job-record.js';
import { wakeUp } from '#common/contracts/wake-up.js';
import { settledRecord } from './settled-record.js';

const record: JobRecord = {
  id: 'job_1',
  tenant: 't',
  client_id: 'user:ada',
  request_id: 'req_1',
  pool: 'default',
  model: 'sim-fast',
  priority: 'normal',
  status: 'completed',
  created_ms: 1_000,
  deadline_ms: 61_000,
  started_ms: 1_250,
  settled_ms: 2_000,
  worker_id: 'worker-1',
  deliveries: 1,
  outcome: { attempts: 1, text: 'Hello' },
};

describe('settledRecord', () => {
  it.each(['queued', 'running'] as const)('finds no settlement in a job that is %s', (status) => {
    expect(settledRecord({ ...record, status })).toBeNull();
  });

  it.each(['completed', 'failed', 'cancelled', 'expired'] as const)(
    'tells of a job that is %s what the wake-up would have told, and no more',
    (status) => {
      const settled = settledRecord({ ...record, status });
      expect(settled).toEqual({
        id: 'job_1',
        status,
        created_ms: 1_000,
        started_ms: 1_250,
        settled_ms: 2_000,
        worker_id: 'worker-1',
        outcome: { attempts: 1, text: 'Hello' },
      });
      expect(wakeUp.strict().parse(settled)).toEqual(settled);
    },
  );

  it('tells of a job that nobody began that it had neither start nor worker', () => {
    const { started_ms: _started, worker_id: _worker, ...unbegun } = record;
    expect(settledRecord({ ...unbegun, status: 'cancelled' })).toMatchObject({
      started_ms: null,
      worker_id: null,
    });
  });

  it('always has an end and an outcome, so that whoever waits gets an answer', () => {
    const { settled_ms: _settled, outcome: _outcome, ...bare } = record;
    expect(settledRecord({ ...bare, status: 'failed' })).toMatchObject({
      settled_ms: 1_000,
      outcome: { attempts: 0 },
    });
  });
});
