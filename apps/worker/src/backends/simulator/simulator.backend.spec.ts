import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import {
  never,
  settled,
  silent,
  simulator,
  task,
  withoutTimers,
} from '../../../../../test/support/simulated.js';
import type { CallOutcome } from '../backend.js';

describe('SimulatorBackend', () => {
  withoutTimers();

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
