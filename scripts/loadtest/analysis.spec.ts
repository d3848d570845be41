import { describe, expect, it } from '@jest/globals';
import { analyse } from './analysis.js';
import type { Answered } from './client.js';

const generated = (ms: number, workerId: string, backendId = 'simulator'): Answered => ({
  kind: 'generated',
  ms,
  workerId,
  backendId,
});
const failed = (code: string): Answered => ({ kind: 'failed', ms: 9_999, code });

describe('analyse', () => {
  it('takes times from successes only and groups failures by code', () => {
    const analysis = analyse(
      [generated(10, 'a'), failed('429 x'), generated(30, 'a'), failed('429 x')],
      1_000,
    );
    expect(analysis).toMatchObject({ total: 4, succeeded: 2, successRate: 50, perSecond: 2 });
    expect(analysis.times).toMatchObject({ average: 20, max: 30 });
    expect([...analysis.errors]).toEqual([['429 x', 2]]);
  });

  it('shares requests out by worker and by backend, with a balance for each', () => {
    const answers = [generated(10, 'a'), generated(20, 'b'), generated(30, 'b'), generated(40, 'b')];
    const { workers, backends } = analyse(answers, 1_000);
    expect(workers.shares).toEqual([
      { name: 'b', requests: 3, averageMs: 30 },
      { name: 'a', requests: 1, averageMs: 10 },
    ]);
    expect(workers.balance).toBe(50);
    expect(backends).toMatchObject({ balance: 100, shares: [{ name: 'simulator', requests: 4 }] });
  });

  it('is all zero when nothing was sent', () => {
    expect(analyse([], 0)).toMatchObject({ total: 0, successRate: 0, perSecond: 0 });
  });
});
