import { describe, expect, it } from '@jest/globals';
import { judge } from './aims.js';
import type { Result } from './results.js';

const result = (mode: Result['mode'], concurrency: number, rest: Partial<Result>): Result => ({
  mode,
  concurrency,
  perSecond: 100,
  p50Ms: 1,
  p99Ms: 2,
  redisUsPerRequest: 1,
  failures: {},
  ...rest,
});
const commands = { queue: 5, job: 3, shared: 0.4, inScripts: 60 };
const floor = [result('floor', 1, {}), result('floor', 50, {})];

describe('judge', () => {
  it('passes what is exactly at the aim', () => {
    const sync = [result('sync', 1, { p50Ms: 2 }), result('sync', 50, { perSecond: 60 })];
    expect(judge([...floor, ...sync], commands).map(({ isMet }) => isMet)).toEqual([true, true, true, true]);
  });

  it('counts shared commands too, and every failed request', () => {
    const sync = [result('sync', 1, {}), result('sync', 50, { failures: { '503': 2 } })];
    const judged = judge([...floor, ...sync], { ...commands, job: 4 });
    expect(judged.slice(2)).toMatchObject([
      { isMet: false, result: '4.4' },
      { isMet: false, result: '2 failed' },
    ]);
  });

  it('meets no aim that was not measured', () => {
    expect(judge([], commands).slice(0, 2)).toMatchObject([{ isMet: false }, { isMet: false }]);
  });
});
