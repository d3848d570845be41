import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JobRecord } from '#common/contracts/job-record.js';
import { judgeUnsettled } from './unsettled.policy.js';

const record: JobRecord = {
  id: 'job_1',
  tenant: 't',
  client_id: 'user:ada',
  request_id: 'req_1',
  pool: 'default',
  model: 'sim-fast',
  priority: 'normal',
  status: 'running',
  created_ms: 1_000_000,
  deadline_ms: 1_600_000,
  deliveries: 1,
};
const states = ['queued', 'active', 'failed', 'given-up', 'completed', 'missing'] as const;
const alive = ['queued', 'active'] as const;
const open = ['queued', 'running'] as const;
const moments = fc.integer({ min: 0, max: 4_000_000_000_000 });
const spans = fc.integer({ min: 1, max: 86_400_000 });

describe('judgeUnsettled', () => {
  it.each(states)('forgets a job whose record is gone, whatever its queue says: %s', (state) => {
    expect(judgeUnsettled(null, state, 1_000_000)).toEqual({ kind: 'forget' });
  });

  it.each(['completed', 'failed', 'cancelled', 'expired'] as const)(
    'forgets a job that is %s already, whatever its queue says',
    (status) => {
      for (const state of states) {
        expect(judgeUnsettled({ ...record, status }, state, 9_000_000)).toEqual({ kind: 'forget' });
      }
    },
  );

  it.each(open)('ends a %s job that its queue gave up as one that ended its workers', (status) => {
    expect(judgeUnsettled({ ...record, status }, 'given-up', 1_000_000)).toEqual({
      kind: 'end',
      status: 'failed',
      because: 'worker_crashed',
    });
  });

  it.each(open)('ends a %s job that failed in its queue otherwise as a defect of ours', (status) => {
    expect(judgeUnsettled({ ...record, status }, 'failed', 1_000_000)).toMatchObject({
      because: 'internal_error',
    });
  });

  it('gives a job that has just been admitted the time to reach its queue', () => {
    expect(judgeUnsettled(record, 'missing', 1_001_999)).toEqual({ kind: 'look-again', atMs: 1_003_999 });
    expect(judgeUnsettled(record, 'missing', 1_002_000)).toMatchObject({ because: 'job_lost' });
  });

  it.each(['missing', 'completed'] as const)(
    'ends a job that its queue will not deliver again as lost: %s',
    (state) => {
      for (const status of open) {
        expect(judgeUnsettled({ ...record, status }, state, 1_002_000)).toEqual({
          kind: 'end',
          status: 'failed',
          because: 'job_lost',
        });
      }
    },
  );

  it.each(alive)(
    'ends a job that is still %s at its deadline as expired, and no millisecond earlier',
    (state) => {
      const expired = { kind: 'end', status: 'expired', because: 'deadline_exceeded' };
      expect(judgeUnsettled(record, state, 1_600_000)).toEqual(expired);
      expect(judgeUnsettled(record, state, 9_000_000)).toEqual(expired);
      expect(judgeUnsettled(record, state, 1_599_999)).toEqual({ kind: 'look-again', atMs: 1_600_000 });
    },
  );

  it.each(alive)(
    'looks at a %s job again after 30 s, later the older it is, and at its deadline at last',
    (state) => {
      const lookAt = (nowMs: number) => judgeUnsettled(record, state, nowMs);
      expect(lookAt(1_000_000)).toEqual({ kind: 'look-again', atMs: 1_030_000 });
      expect(lookAt(1_030_000)).toEqual({ kind: 'look-again', atMs: 1_060_000 });
      expect(lookAt(1_100_000)).toEqual({ kind: 'look-again', atMs: 1_200_000 });
      expect(lookAt(1_400_000)).toEqual({ kind: 'look-again', atMs: 1_600_000 });
    },
  );

  it('looks again after now and never after the deadline, also when clocks disagree', () => {
    fc.assert(
      fc.property(fc.constantFrom(...alive), moments, moments, spans, (state, created_ms, nowMs, span) => {
        const verdict = judgeUnsettled({ ...record, created_ms, deadline_ms: nowMs + span }, state, nowMs);
        if (verdict.kind !== 'look-again') throw new Error('a job before its deadline goes on');
        expect(verdict.atMs).toBeGreaterThan(nowMs);
        expect(verdict.atMs).toBeLessThanOrEqual(nowMs + span);
      }),
    );
  });

  it('never leaves an open job without an end or another look', () => {
    fc.assert(
      fc.property(fc.constantFrom(...states), fc.constantFrom(...open), moments, (state, status, nowMs) => {
        expect(judgeUnsettled({ ...record, status }, state, nowMs).kind).not.toBe('forget');
      }),
    );
  });
});
