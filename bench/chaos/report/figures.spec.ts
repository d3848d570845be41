import { describe, expect, it } from '@jest/globals';
import type { BackendCall } from '../backend/fake-backend.js';
import type { Happened } from '../world/storm.js';
import { restartsOf } from './figures.js';

const call = (marker: string, changes: Partial<BackendCall>): BackendCall => ({
  marker,
  call: 1,
  worker: 'worker-1',
  atMs: 0,
  endedMs: null,
  isAnswered: false,
  ...changes,
});
const struck = (target: string, fromMs: number, untilMs: number): Happened => ({
  fault: { kind: 'kill', target, atMs: fromMs, lastsMs: untilMs - fromMs },
  fromMs,
  untilMs,
});

describe('restartsOf', () => {
  const calls = [
    call('mk-t-1', { atMs: 900, endedMs: 1_010 }),
    call('mk-t-2', { atMs: 800, endedMs: 990, isAnswered: true }),
    call('mk-t-3', { atMs: 900, endedMs: 1_020, worker: 'worker-2' }),
    call('mk-t-1', { atMs: 9_000, call: 2, worker: 'worker-2' }),
    call('mk-t-3', { atMs: 20_000, call: 2, worker: 'worker-3' }),
  ];

  it('measures from the kill of a worker to the next call of what it was calling', () => {
    const kill = struck('worker-1', 1_000, 2_000);
    expect(restartsOf(calls, [kill])).toEqual({ count: 1, maxMs: 8_000, undisturbedMaxMs: 8_000 });
  });

  it('tells those apart during which another worker or Redis was struck', () => {
    const kills = [struck('worker-1', 1_000, 2_000), struck('redis', 3_000, 4_000)];
    expect(restartsOf(calls, kills)).toEqual({ count: 1, maxMs: 8_000, undisturbedMaxMs: 0 });
  });

  it('knows of none when nobody was killed', () => {
    expect(restartsOf(calls, [])).toEqual({ count: 0, maxMs: 0, undisturbedMaxMs: 0 });
  });
});
