import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import type { GenerationTask } from '#common/contracts/generation.js';
import {
  never,
  settled,
  silent,
  simulator,
  task,
  withoutTimers,
} from '../../../../../test/support/simulated.js';
import type { Piece } from '../backend.js';
import type { ProfileOverrides } from './profiles.js';

describe('SimulatorBackend, streamed', () => {
  withoutTimers();

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
    for (const [at, { atMs }] of pieces.entries()) expect(Math.abs(atMs - 500 - at * stepMs)).toBeLessThan(7);
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
    void simulator().call(task('sim-instant', { is_streamed: true }), never(), (piece) => pieces.push(piece));
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
