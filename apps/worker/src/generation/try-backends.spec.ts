import { beforeEach, afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '#common/observability/logger.js';
import { completed, cut, garbled, routed, usage, type World } from '../../../../test/support/routed.js';
import { taskOf } from '../../../../test/support/task.js';
import type { CallOutcome } from '../backends/backend.js';
import { MakeAttempt } from './make-attempt.js';
import { RetryBudget } from './retry-budget.js';
import { Run } from './running-jobs.js';
import { TryBackends } from './try-backends.js';

beforeEach(() => {
  // Retries come at once: full jitter takes the lowest wait.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const usual = {
  kind: 'begun' as const,
  requestId: 'req_1',
  remainingMs: 60_000,
  queueWaitMs: 0,
  delivery: 1,
  attempts: 0,
};

function trying(changes: Partial<World>, { budget = new RetryBudget(), claim = {}, task = {} } = {}) {
  const parts = routed(changes);
  const { router, callBackend: calls, directory, metrics } = parts;
  const warned: unknown[] = [];
  const logger = { warn: (line: unknown) => warned.push(line) } as unknown as Logger;
  const telling = { piece: () => undefined, end: async () => undefined };
  const attempts = new MakeAttempt({ router, calls, directory, budget, metrics, tell: () => telling });
  const prices = { 'sim-*': { input_usd_per_million: 1, output_usd_per_million: 10 } };
  const backends = new TryBackends({ router, attempts, budget, logger, prices });
  const run = new Run('job_1');
  const job = { id: 'job_1', tenant: 't', pool: 'default' };
  const end = backends.execute({ job, task: taskOf(task), claim: { ...usual, ...claim } }, run);
  const called = () => parts.calls.map(({ backend }) => backend);
  return { ...parts, end, called, warned, run };
}

const failed = (error_code: string, outcome: object) => ({
  kind: 'ending',
  ending: { status: 'failed', outcome: { error_code, ...outcome } },
});

describe('TryBackends', () => {
  it('ends with the answer of the backend, and with what it cost', async () => {
    const { end } = trying({});
    expect(await end).toEqual({
      kind: 'ending',
      ending: {
        status: 'completed',
        outcome: {
          attempts: 1,
          backend_id: 'a',
          processing_ms: expect.any(Number),
          text: 'Hello',
          finish_reason: 'stop',
          usage,
          cost_usd: 43e-6,
        },
      },
    });
  });

  it('takes the backend’s own price before the common one', async () => {
    const prices = { '*': { input_usd_per_million: 0, output_usd_per_million: 1 } };
    const { end } = trying({ backends: [{ id: 'a', prices }] });
    expect(await end).toMatchObject({ ending: { outcome: { cost_usd: 4e-6 } } });
  });

  it('tries again elsewhere, and tells how many attempts it took', async () => {
    const { end, called } = trying({ answers: { a: [garbled], b: [cut] } });
    expect(await end).toMatchObject({
      ending: { status: 'completed', outcome: { attempts: 3, backend_id: 'c' } },
    });
    expect(called()).toEqual(['a', 'b', 'c']);
  });

  it('says which model answered when it was a fallback', async () => {
    const backends = [
      { id: 'a', models: ['sim-fast'] },
      { id: 'b', models: ['small'] },
    ];
    const routes = { 'sim-fast': { fallbacks: ['small'] } };
    const { end, called } = trying({ backends, routes, answers: { a: [cut] } });
    expect(await end).toMatchObject({
      ending: { outcome: { model: 'small', backend_id: 'b', attempts: 2 } },
    });
    expect(called()).toEqual(['a', 'b']);
  });

  it('gives up after three attempts, for the last one’s reason', async () => {
    const { end, called } = trying({ answers: { a: [garbled], b: [garbled], c: [cut] } });
    expect(await end).toMatchObject(failed('backend_unavailable', { attempts: 3, backend_id: 'c' }));
    expect(called()).toHaveLength(3);
  });

  it('counts the attempts that earlier deliveries made', async () => {
    const { end, called } = trying({ answers: { a: [garbled] } }, { claim: { attempts: 2 } });
    expect(await end).toMatchObject(failed('backend_bad_response', { attempts: 3 }));
    expect(called()).toHaveLength(1);
  });

  it('asks nobody again what one backend refused, and keeps what it said for the caller and from the log', async () => {
    const refusal = { status: 400, message: 'CANARY too long', type: null, code: null, param: null };
    const { end, called, warned } = trying({ answers: { a: [{ kind: 'refused', status: 400, refusal }] } });
    expect(await end).toMatchObject(failed('backend_refused', { refusal }));
    expect(called()).toHaveLength(1);
    expect(warned).toHaveLength(1);
    expect(JSON.stringify(warned)).not.toContain('CANARY');
  });

  it('does not try again once a token was told', async () => {
    const { end, calls } = trying({ answers: { a: [null] } });
    await new Promise((resolve) => setImmediate(resolve));
    calls[0]?.say('Hel');
    calls[0]?.end(cut);
    expect(await end).toMatchObject(failed('stream_interrupted', { attempts: 1, run: 101 }));
    expect(calls).toHaveLength(1);
  });

  it('earns a tenth of a retry with each job, spends one with each retry, and makes none that is not earned', async () => {
    const budget = new RetryBudget();
    while (budget.withdraw());
    for (let earned = 0; earned < 9; earned++) budget.deposit();
    const { end, called } = trying({ answers: { a: [garbled], b: [garbled] } }, { budget });
    expect(await end).toMatchObject(failed('backend_bad_response', { attempts: 2 }));
    expect(called()).toHaveLength(2);
    expect(budget.canRetry()).toBe(false);
  });

  it('ends a job that no backend serves, without an attempt', async () => {
    const { end } = trying({ backends: [] });
    expect(await end).toEqual(failed('model_not_found', { attempts: 0 }));
  });

  it('sends a job back to wait when circuits have opened under it, with the attempts it has made', async () => {
    const { end, calls, world } = trying({ backends: [{ id: 'a' }], answers: { a: [null] } });
    await new Promise((resolve) => setImmediate(resolve));
    world.circuits['a'] = { openMs: 9_000 };
    calls[0]?.end(cut);
    expect(await end).toEqual({ kind: 'postponed', because: 'circuit', inMs: 9_000, attempts: 1 });
  });

  it('honours a wait that the backend asks for within the deadline, and fails at once when it is longer', async () => {
    const throttled = (retryAfterMs: number): Partial<World> => {
      const outcome: CallOutcome = { kind: 'throttled', retryAfterMs };
      return { backends: [{ id: 'a' }], answers: { a: [outcome, completed] } };
    };
    expect(await trying(throttled(30_000)).end).toMatchObject({
      kind: 'postponed',
      because: 'rest',
      attempts: 1,
    });
    expect(await trying(throttled(70_000)).end).toMatchObject(failed('backend_unavailable', { attempts: 1 }));
  });

  it.each(['deadline', 'abandon', 'drain'] as const)('stops when it is told to: %s', async (reason) => {
    const { end, run } = trying({ answers: { a: [null] } });
    await new Promise((resolve) => setImmediate(resolve));
    run.stop(reason);
    expect(await end).toEqual({ kind: 'stopped', reason, attempts: 1 });
  });
});
