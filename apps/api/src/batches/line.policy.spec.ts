import { describe, expect, it } from '@jest/globals';
import type { WakeUp } from '#common/contracts/wake-up.js';
import { isPassing, judgeSettled, lineWaitMs } from './line.policy.js';

const settled: WakeUp = {
  id: 'job_1',
  status: 'completed',
  created_ms: 1,
  started_ms: 2,
  settled_ms: 3,
  worker_id: 'w',
  outcome: { attempts: 1 },
};

describe('a line that is refused', () => {
  it.each([
    'rate_limit_exceeded',
    'insufficient_quota',
    'queue_full',
    'overloaded',
    'dependency_unavailable',
  ] as const)('waits for its turn: %s', (code) => {
    expect(isPassing(code)).toBe(true);
  });

  it.each(['invalid_value', 'model_not_allowed', 'request_exceeds_token_limit', 'backend_refused'] as const)(
    'is the error of its line: %s',
    (code) => {
      expect(isPassing(code)).toBe(false);
    },
  );

  it('waits as it was told, at least a quarter of a second and at most half a minute', () => {
    expect([undefined, 0, 5, 80_000].map(lineWaitMs)).toEqual([1_000, 250, 5_000, 30_000]);
  });
});

describe('a line whose job has ended', () => {
  it('has its answer, also when that is an error', () => {
    expect(judgeSettled(settled)).toBe('answered');
    expect(judgeSettled({ ...settled, status: 'cancelled' })).toBe('answered');
    const outcome = { attempts: 3, error_code: 'backend_unavailable' as const };
    expect(judgeSettled({ ...settled, status: 'failed', outcome })).toBe('answered');
  });

  it('is unfinished when the deadline of its job, which is the end of the window, has passed', () => {
    expect(judgeSettled({ ...settled, status: 'expired' })).toBe('unfinished');
  });

  it.each(['dependency_unavailable', 'job_lost'] as const)(
    'is submitted again when its job ended before anybody worked on it: %s',
    (error_code) => {
      const outcome = { attempts: 0, error_code };
      expect(judgeSettled({ ...settled, status: 'failed', outcome })).toBe('again');
    },
  );
});
