import { describe, expect, it } from '@jest/globals';
import type { PoolPart, WorkerPart } from '../snapshot.js';
import { changesBetween } from './changes.js';
import { backendState, circuitState, errorTone, poolState, waitTone, workerState } from './states.js';

const pool = (change: Partial<PoolPart>): PoolPart => ({
  pool: 'default',
  is_paused: false,
  queued: 0,
  waiting_for_backend: 0,
  running: 0,
  dead_letters: 0,
  oldest_wait_ms: null,
  workers: 1,
  slots: 4,
  scaler: null,
  ...change,
});
const scaler = (desired: number, is_stale = false) => ({
  desired,
  current: 0,
  action: 'hold',
  reason: '',
  at: '',
  mode: 'full',
  driver: 'process',
  is_stale,
});
const worker = (change: Partial<WorkerPart>): WorkerPart => ({
  id: 'w1',
  pool: 'default',
  roles: ['generate'],
  state: 'ready',
  slots: 4,
  active: 0,
  host: 'h',
  born_ms: 0,
  cpu: null,
  memory: null,
  calls: 0,
  failed_calls: 0,
  ...change,
});

describe('a state in words', () => {
  it.each([
    [{}, 'served', 'good'],
    [{ is_paused: true }, 'paused', 'warn'],
    [{ slots: 0 }, 'no free worker', 'warn'],
    [{ workers: 0, slots: 0 }, 'no worker', 'bad'],
    [{ workers: 0, slots: 0, scaler: scaler(0) }, 'asleep', 'idle'],
    [{ workers: 0, slots: 0, scaler: scaler(0, true) }, 'no worker', 'bad'],
    [{ workers: 0, slots: 0, queued: 1, scaler: scaler(0) }, 'no worker', 'bad'],
  ])('of a pool %j is %s', (change, text, tone) => {
    expect(poolState(pool(change))).toEqual({ text, tone });
  });

  it.each([
    [{}, 'ready'],
    [{ active: 1 }, 'busy'],
    [{ state: 'draining', active: 1 }, 'draining'],
    [{ state: 'cordoned' }, 'cordoned'],
    [{ state: 'cordoned', active: 1 }, 'cordoned, finishing'],
    [{ roles: ['tell'] }, 'telling'],
  ])('of a worker %j is %s', (change, text) => {
    expect(workerState(worker(change)).text).toBe(text);
  });

  it('of a backend worries nobody where nothing is known, and says what is wrong', () => {
    const of = (state: string, health: string) => backendState({ state, health });
    expect(of('active', 'unknown').tone).toBe('good');
    expect([of('active', 'ill'), of('misconfigured', 'well')].map(({ tone }) => tone)).toEqual([
      'bad',
      'bad',
    ]);
    expect(of('draining', 'well').text).toBe('draining');
    expect(
      ['closed', 'half-open', 'unknown', 'open'].map((circuit) => circuitState({ circuit }).tone),
    ).toEqual(['good', 'warn', 'warn', 'bad']);
  });

  it('worries the more, the longer a job waits and the more of them fail', () => {
    expect([0, 10_000, 60_000].map(waitTone)).toEqual(['good', 'warn', 'bad']);
    expect([null, 0, 0.01, 0.05].map(errorTone)).toEqual([null, null, 'warn', 'bad']);
  });
});

describe('what is read out', () => {
  const before = { health: 'healthy' as const, pools: [pool({})], backends: [], workers: [worker({})] };

  it('is nothing while only numbers move', () => {
    const busy = { ...before, pools: [pool({ queued: 9, running: 4 })], workers: [worker({ active: 4 })] };
    expect(changesBetween(before, busy)).toEqual([]);
  });

  it('is each state that changed', () => {
    const after = {
      health: 'degraded' as const,
      pools: [pool({ workers: 0, slots: 0 })],
      backends: [],
      workers: [],
    };
    expect(changesBetween(before, after)).toEqual([
      'The system is degraded.',
      'Pool default: no worker.',
      '0 workers now.',
    ]);
  });
});
