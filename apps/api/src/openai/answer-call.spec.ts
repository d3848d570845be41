import { describe, expect, it } from '@jest/globals';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { taskOf } from '../../../../test/support/task.js';
import type { Submitted } from '../generate/submit-and-wait.js';
import { identify } from '../identity/identity.js';
import { AnswerCall, type WireCall } from './answer-call.js';

const caller = identify({ key: undefined, userId: 'ada', address: '127.0.0.1' });
const made = { jobId: 'job_1', requestId: 'req_1', headers: { ratelimit: 'r' } };
const accepted: Submitted = { ...made, kind: 'accepted', place: null };
const wakeUp: WakeUp = {
  id: 'job_1',
  status: 'completed',
  created_ms: 1,
  started_ms: 2,
  settled_ms: 3,
  worker_id: null,
  outcome: { attempts: 1 },
};
const callOf = (changes: Partial<WireCall> = {}): WireCall => ({
  task: taskOf({ shape: 'wire' }),
  caller,
  requestId: 'req_1',
  terms: { priority: 'high', deadlineMs: 60_000 },
  idempotency: undefined,
  ...changes,
});

function answering(submitted: Submitted) {
  const asked: unknown[] = [];
  const cancelled: unknown[] = [];
  const submit = { execute: async (...given: unknown[]) => (asked.push(...given), submitted) };
  const jobs = { read: async () => ({ pool: 'default' }) };
  const cancel = { abandon: async (job: unknown) => void cancelled.push(job) };
  const call = new AnswerCall(submit as never, jobs as never, cancel as never);
  return { call, asked, cancelled };
}
const { signal } = new AbortController();

describe('AnswerCall', () => {
  it('waits as long as the job may take, and a moment more', async () => {
    const { call, asked } = answering({ ...made, kind: 'settled', settled: wakeUp });
    expect(await call.execute(callOf(), signal)).toEqual({
      settled: wakeUp,
      headers: { ratelimit: 'r', 'x-sluice-job-id': 'job_1' },
    });
    expect(asked).toEqual([
      expect.objectContaining({ id: expect.stringMatching(/^job_/), priority: 'high', metadata: undefined }),
      { mode: 'sync', waitMs: 61_000, deadlineMs: 60_000 },
      signal,
    ]);
  });

  it('answers nobody who has hung up', async () => {
    expect(await answering(accepted).call.execute(callOf(), AbortSignal.abort())).toBeNull();
  });

  it('refuses what is not done in time, and leaves the job to its own deadline', async () => {
    const { call, cancelled } = answering(accepted);
    // The whole wait is over before it began.
    const late = call.execute(callOf({ terms: { priority: 'normal', deadlineMs: -1_000 } }), signal);
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded', detail: { jobId: 'job_1' } });
    expect(cancelled).toEqual([]);
  });

  it('cancels a job whose caller this process leaves, unless the caller can come back for it', async () => {
    const { call, cancelled } = answering(accepted);
    const stopping = { code: 'stopping', detail: { jobId: 'job_1' } };
    await expect(
      call.execute(callOf({ idempotency: { key: 'k', body: 'b' } }), signal),
    ).rejects.toMatchObject(stopping);
    expect(cancelled).toEqual([]);
    await expect(call.execute(callOf(), signal)).rejects.toMatchObject(stopping);
    expect(cancelled).toEqual([{ id: 'job_1', tenant: caller.tenant, pool: 'default' }]);
  });
});
