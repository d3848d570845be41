import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GenerationTask } from '#common/contracts/generation.js';
import { taskOf } from '../../../../../test/support/task.js';
import type { CallOutcome, Piece } from '../backend.js';
import { createProfiles, type ProfileOverrides } from './profiles.js';
import { SimulatorBackend } from './simulator.backend.js';

const simulator = (seed = 1, overrides: ProfileOverrides = {}) =>
  new SimulatorBackend({ id: 'simulator', seed, profileOf: createProfiles(overrides) });

const task = (model: string, change: Partial<GenerationTask> = {}): GenerationTask =>
  taskOf({ model, max_tokens: 150, ...change });

const never = (): AbortSignal => new AbortController().signal;

const silent = (): void => undefined;

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
        const outcome = await settled(backend.call(task('sim-flaky'), never(), silent));
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
    const outcome = await settled(
      simulator().call(task('sim-fast', { body: { messages } }), never(), silent),
    );
    expect(outcome).toMatchObject({
      kind: 'completed',
      answer: { text: `Simulated response to: ${'x'.repeat(49)}👍...`, usage: { input_tokens: 2 } },
    });
  });

  it('echoes 50 whole characters when each of them is a surrogate pair', async () => {
    const messages = [{ role: 'user' as const, content: '👍'.repeat(60) }];
    const outcome = await settled(
      simulator().call(task('sim-fast', { body: { messages } }), never(), silent),
    );
    expect(outcome).toMatchObject({ answer: { text: `Simulated response to: ${'👍'.repeat(50)}...` } });
  });

  it('finishes by length exactly when it used up max_tokens', async () => {
    const short = await settled(simulator().call(task('sim-fast', { max_tokens: 10 }), never(), silent));
    expect(short).toMatchObject({ answer: { finishReason: 'length', usage: { output_tokens: 10 } } });
    const long = await settled(simulator().call(task('sim-fast', { max_tokens: 100_000 }), never(), silent));
    expect(long).toMatchObject({ answer: { finishReason: 'stop' } });
  });

  it('answers sim-instant without a timer', async () => {
    const call = simulator().call(task('sim-instant'), never(), silent);
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
    expect(await settled(backend.call(task('faulty'), never(), silent))).toEqual(expected);
  });

  it('stops at once when the signal fires and leaves no timer and no listener', async () => {
    const abort = new AbortController();
    const call = simulator().call(task('sim-hang'), abort.signal, silent);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(jest.getTimerCount()).toBe(1);
    abort.abort();
    expect(jest.getTimerCount()).toBe(0);
    expect(await call).toEqual({ kind: 'aborted' });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('does not begin when the signal has fired before', async () => {
    for (const model of ['sim-hang', 'sim-instant']) {
      expect(await simulator().call(task(model), AbortSignal.abort(), silent)).toEqual({ kind: 'aborted' });
    }
  });

  it('leaves no listener on the signal of a finished call', async () => {
    const signal = never();
    await settled(simulator().call(task('sim-fast'), signal, silent));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('answers text completions by their prompt, and chats by the texts among their parts', async () => {
    const completion = task('sim-fast', { endpoint: 'completions', body: { prompt: ['2+2?', 'more'] } });
    expect(await settled(simulator().call(completion, never(), silent))).toMatchObject({
      answer: { text: 'Simulated response to: 2+2?...' },
    });
    const content = [{ type: 'text', text: '2+' }, { type: 'image_url' }, { type: 'text', text: '2?' }];
    const chat = task('sim-fast', { body: { messages: [{ role: 'user', content }] } });
    expect(await settled(simulator().call(chat, never(), silent))).toMatchObject({
      answer: { text: 'Simulated response to: 2+2?...' },
    });
  });

  it('answers in OpenAI’s wire format, `n` times, within max_tokens over all', async () => {
    const call = simulator().call(task('sim-fast', { shape: 'wire', body: { n: 3 } }), never(), silent);
    const outcome = await settled(call);
    if (outcome.kind !== 'completed') throw new Error(outcome.kind);
    const { text, usage, finishReason, body } = outcome.answer;
    const choice = { message: { role: 'assistant', content: text, refusal: null }, logprobs: null };
    expect(body).toEqual({
      id: 'chatcmpl-sim-1-0',
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'sim-fast',
      choices: [0, 1, 2].map((index) => ({ index, ...choice, finish_reason: finishReason })),
      usage: {
        prompt_tokens: 2,
        completion_tokens: usage.output_tokens,
        total_tokens: 2 + usage.output_tokens,
      },
    });
    expect(usage.output_tokens).toBeLessThanOrEqual(150);
    expect(usage.output_tokens % 3).toBe(0);
  });

  describe('streamed', () => {
    async function stream(
      model: string,
      change: Partial<GenerationTask> = {},
      overrides: ProfileOverrides = {},
    ) {
      const pieces: (Piece & { readonly atMs: number })[] = [];
      const begunMs = performance.now();
      const call = simulator(1, overrides).call(
        task(model, { is_streamed: true, ...change }),
        never(),
        (piece) => pieces.push({ ...piece, atMs: performance.now() - begunMs }),
      );
      let tookMs = 0;
      void call.then(() => (tookMs = performance.now() - begunMs));
      const outcome = await settled(call);
      return { outcome, pieces, tookMs, text: pieces.map(({ text }) => text).join('') };
    }

    it('says the same in the same time as unstreamed, in pieces of about a token', async () => {
      const begunMs = performance.now();
      const whole = simulator().call(task('sim-slow'), never(), silent);
      let wholeMs = 0;
      void whole.then(() => (wholeMs = performance.now() - begunMs));
      const unstreamed = await settled(whole);
      const { outcome, pieces, tookMs, text } = await stream('sim-slow');
      expect(outcome).toEqual(unstreamed);
      expect(outcome).toMatchObject({ answer: { text } });
      expect(Math.abs(tookMs - wholeMs)).toBeLessThanOrEqual(2);
      expect(pieces.every((piece) => piece.text.length <= 8 && !('chunk' in piece))).toBe(true);
    });

    it('tells the first piece after the latency and the others evenly after it', async () => {
      const steady = { latency_ms: 500, latency_sigma: 0, tokens_per_second: 100 };
      const { pieces, tookMs } = await stream('steady', {}, { steady });
      const stepMs = (tookMs - 500) / pieces.length;
      for (const [at, { atMs }] of pieces.entries())
        expect(Math.abs(atMs - 500 - at * stepMs)).toBeLessThan(7);
    });

    it('sets no more than a timer in 5 ms, however fast it is', async () => {
      const fast = { latency_ms: 100, latency_sigma: 0, tokens_per_second: 5_000 };
      const timers = jest.spyOn(globalThis, 'setTimeout');
      const { tookMs } = await stream('fast', {}, { fast });
      expect(timers.mock.calls.length).toBeLessThanOrEqual(2 + (tookMs - 100) / 5);
      timers.mockRestore();
    });

    it('streams sim-instant without a timer', () => {
      const pieces: Piece[] = [];
      void simulator().call(task('sim-instant', { is_streamed: true }), never(), (piece) =>
        pieces.push(piece),
      );
      expect(jest.getTimerCount()).toBe(0);
      expect(pieces.length).toBeGreaterThan(5);
    });

    it('fails before its first token', async () => {
      const { outcome, pieces } = await stream('faulty', {}, { faulty: { error_rate: 1 } });
      expect([outcome.kind, pieces]).toEqual(['unavailable', []]);
    });

    it('stops at once when the signal fires', async () => {
      const abort = new AbortController();
      const pieces: Piece[] = [];
      const call = simulator().call(task('sim-slow', { is_streamed: true }), abort.signal, (piece) => {
        pieces.push(piece);
        if (pieces.length === 3) abort.abort();
      });
      expect(await settled(call)).toEqual({ kind: 'aborted' });
      expect(pieces).toHaveLength(3);
      expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
    });

    it('tells chunks in OpenAI’s wire format: role, text, finish reason, usage', async () => {
      const { outcome, pieces, text } = await stream('sim-fast', { shape: 'wire', body: { n: 2 } });
      const chunks = pieces.map(({ chunk }) => chunk);
      const head = { id: 'chatcmpl-sim-1-0', object: 'chat.completion.chunk', model: 'sim-fast' };
      const chunk = (index: number, delta: object, finish_reason: string | null = null) => ({
        ...head,
        choices: [{ index, delta, finish_reason }],
      });
      expect(chunks.slice(0, 4)).toMatchObject([
        chunk(0, { role: 'assistant', content: '' }),
        chunk(1, { role: 'assistant', content: '' }),
        chunk(0, { content: 'Simu' }),
        chunk(1, { content: 'Simu' }),
      ]);
      expect(chunks.slice(-3)).toMatchObject([
        chunk(0, {}, 'stop'),
        chunk(1, {}, 'stop'),
        { ...head, choices: [], usage: { prompt_tokens: 2 } },
      ]);
      expect(outcome).toMatchObject({ answer: { text } });
      expect(outcome).not.toHaveProperty('answer.body');
    });

    it('tells chunks of text completions', async () => {
      const { pieces } = await stream('sim-fast', {
        endpoint: 'completions',
        shape: 'wire',
        body: { prompt: 'x' },
      });
      expect(pieces[0]?.chunk).toMatchObject({
        id: 'cmpl-sim-1-0',
        object: 'text_completion',
        choices: [{ index: 0, text: 'Simu', finish_reason: null }],
      });
    });
  });

  describe('asked for embeddings', () => {
    const embed = async (body: Record<string, unknown>): Promise<CallOutcome> => {
      const asked = task('sim-fast', { endpoint: 'embeddings', shape: 'wire', max_tokens: 0, body });
      return settled(simulator().call(asked, never(), silent));
    };
    const vectors = async (body: Record<string, unknown>): Promise<unknown[]> => {
      const outcome = await embed(body);
      const data = outcome.kind === 'completed' ? outcome.answer.body?.['data'] : outcome;
      return (data as { embedding: unknown }[]).map(({ embedding }) => embedding);
    };

    it('gives a unit vector for every input, the same for the same', async () => {
      const [a, b, again] = (await vectors({ input: ['a', 'b', 'a'] })) as number[][];
      expect(a).toHaveLength(16);
      expect(Math.hypot(...(a ?? []))).toBeCloseTo(1, 5);
      expect(again).toEqual(a);
      expect(b).not.toEqual(a);
      expect(await vectors({ input: 'a' })).toEqual([a]);
      expect(await vectors({ input: [1, 2] })).toHaveLength(1);
      expect(await vectors({ input: 'a', dimensions: 3 })).toMatchObject([{ length: 3 }]);
    });

    it('encodes vectors in base64 where that is asked for', async () => {
      const [floats] = (await vectors({ input: 'a' })) as number[][];
      const [text] = (await vectors({ input: 'a', encoding_format: 'base64' })) as string[];
      const bytes = Buffer.from(text ?? '', 'base64');
      expect(Array.from({ length: 16 }, (_, at) => bytes.readFloatLE(4 * at))).toEqual(floats);
    });

    it('tells OpenAI’s list with the tokens of the input', async () => {
      expect(await embed({ input: 'a' })).toMatchObject({
        answer: {
          text: '',
          finishReason: 'stop',
          usage: { input_tokens: 2, output_tokens: 0 },
          body: { object: 'list', model: 'sim-fast', usage: { prompt_tokens: 2, total_tokens: 2 } },
        },
      });
    });

    it.each([
      [{}],
      [{ input: [] }],
      [{ input: 'a', dimensions: 0 }],
      [{ input: ['a', 'b'], dimensions: 100_000 }],
    ])('refuses %j', async (body) => {
      expect(await embed(body)).toMatchObject({ kind: 'refused', refusal: { status: 400 } });
    });
  });
});
