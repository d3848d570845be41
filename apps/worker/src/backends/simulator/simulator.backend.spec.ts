import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome } from '../backend.js';
import { createProfiles, type ProfileOverrides } from './profiles.js';
import { SimulatorBackend } from './simulator.backend.js';

const simulator = (seed = 1, overrides: ProfileOverrides = {}) =>
  new SimulatorBackend({ id: 'simulator', models: ['*'], seed, profileOf: createProfiles(overrides) });

const task = (model: string, change: Partial<GenerationTask> = {}): GenerationTask => ({
  model,
  messages: [{ role: 'user', content: 'Say hello' }],
  max_tokens: 150,
  temperature: 0.7,
  ...change,
});

const never = (): AbortSignal => new AbortController().signal;

const settled = async (call: Promise<CallOutcome>): Promise<CallOutcome> => {
  await jest.runAllTimersAsync();
  return call;
};

describe('SimulatorBackend', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('gives the same sequence of outcomes and times for the same seed', async () => {
    const run = async (seed: number): Promise<unknown[]> => {
      const backend = simulator(seed);
      const outcomes: unknown[] = [];
      for (let call = 0; call < 20; call++) {
        const begunMs = Date.now();
        const outcome = await settled(backend.call(task('sim-flaky'), never()));
        outcomes.push({ outcome, tookMs: Date.now() - begunMs });
      }
      return outcomes;
    };
    const first = await run(1);
    expect(new Set(first.map((each) => JSON.stringify(each))).size).toBe(first.length);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('answers as the seed does: the first 50 characters of the last user message', async () => {
    const messages = [
      { role: 'user' as const, content: 'earlier' },
      { role: 'user' as const, content: 'x'.repeat(49) + '👍👍 and more' },
      { role: 'assistant' as const, content: 'afterwards' },
    ];
    const outcome = await settled(simulator().call(task('sim-fast', { messages }), never()));
    expect(outcome).toMatchObject({
      kind: 'completed',
      answer: { text: `Simulated response to: ${'x'.repeat(49)}👍...`, usage: { input_tokens: 20 } },
    });
  });

  it('echoes 50 whole characters when each of them is a surrogate pair', async () => {
    const messages = [{ role: 'user' as const, content: '👍'.repeat(60) }];
    const outcome = await settled(simulator().call(task('sim-fast', { messages }), never()));
    expect(outcome).toMatchObject({ answer: { text: `Simulated response to: ${'👍'.repeat(50)}...` } });
  });

  it('finishes by length exactly when it used up max_tokens', async () => {
    const short = await settled(simulator().call(task('sim-fast', { max_tokens: 10 }), never()));
    expect(short).toMatchObject({ answer: { finishReason: 'length', usage: { output_tokens: 10 } } });
    const long = await settled(simulator().call(task('sim-fast', { max_tokens: 100_000 }), never()));
    expect(long).toMatchObject({ answer: { finishReason: 'stop' } });
  });

  it('answers sim-instant without a timer', async () => {
    const call = simulator().call(task('sim-instant'), never());
    expect(jest.getTimerCount()).toBe(0);
    expect(await call).toMatchObject({ kind: 'completed' });
  });

  it.each([
    ['server_error', { kind: 'unavailable', because: 'server-error' }],
    ['rate_limited', { kind: 'throttled', retryAfterMs: 1_000 }],
    ['timeout', { kind: 'unavailable', because: 'timeout' }],
    ['refused', { kind: 'refused', status: 400 }],
    ['connection', { kind: 'unavailable', because: 'connection' }],
  ] as const)('simulates the failure %s', async (error_kind, expected) => {
    const backend = simulator(1, { faulty: { error_rate: 1, error_kind } });
    expect(await settled(backend.call(task('faulty'), never()))).toEqual(expected);
  });

  it('stops at once when the signal fires and leaves no timer and no listener', async () => {
    const abort = new AbortController();
    const call = simulator().call(task('sim-hang'), abort.signal);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(jest.getTimerCount()).toBe(1);
    abort.abort();
    expect(jest.getTimerCount()).toBe(0);
    expect(await call).toEqual({ kind: 'aborted' });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('does not begin when the signal has fired before', async () => {
    for (const model of ['sim-hang', 'sim-instant']) {
      expect(await simulator().call(task(model), AbortSignal.abort())).toEqual({ kind: 'aborted' });
    }
  });

  it('leaves no listener on the signal of a finished call', async () => {
    const signal = never();
    await settled(simulator().call(task('sim-fast'), signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
