import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, type AnswerPlan, streamOf } from '../../../../../test/support/openai-answers.js';
import type { Behaviour } from '../../../../../test/support/openai-behaviour.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { fault } from '../../../../../test/support/openai-faults.js';
import { OpenAiServer } from '../../../../../test/support/openai-server.js';
import { taskOf } from '../../../../../test/support/task.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome, Piece } from '../backend.js';
import { OpenAiBackend } from './openai.backend.js';

const KEY = 'sk-canary-6ad1';
const streamed = (change: Partial<GenerationTask> = {}) => taskOf({ is_streamed: true, ...change });
const garbled = (because: string) => ({ kind: 'garbled', because });

describe('OpenAiBackend, streamed', () => {
  let model: OpenAiServer;

  beforeEach(async () => {
    model = await OpenAiServer.start();
  });
  afterEach(async () => {
    await model.stop();
  });

  async function call(
    task: GenerationTask,
    { signal = new AbortController().signal, timeoutMs = 4_000, onPiece = (): void => undefined } = {},
  ): Promise<{ outcome: CallOutcome; pieces: Piece[]; text: string }> {
    const pieces: Piece[] = [];
    const backend = new OpenAiBackend({
      id: 'm',
      baseUrl: model.url,
      apiKey: KEY,
      timeoutMs,
      healthPath: null,
    });
    const outcome = await backend.call(task, signal, (piece) => {
      pieces.push(piece);
      onPiece();
    });
    return { outcome, pieces, text: pieces.map(({ text }) => text).join('') };
  }
  const said = (plan: AnswerPlan): void => {
    model.next(answer(plan));
  };

  it('tells the pieces of a chat as they come, then the whole', async () => {
    said({ pieces: ['Fo', 'ur', '.'] });
    const { outcome, pieces } = await call(streamed({ body: { stream_options: { x: 1 } } }));
    expect(pieces).toEqual([{ text: 'Fo' }, { text: 'ur' }, { text: '.' }]);
    const usage = { input_tokens: 9, output_tokens: 2 };
    expect(outcome).toEqual({
      kind: 'completed',
      answer: { text: 'Four.', finishReason: 'stop', usage, model: 'sim-fast' },
    });
    expect(model.calls[0]?.body).toMatchObject({
      stream: true,
      stream_options: { x: 1, include_usage: true },
    });
  });

  it('streams text completions', async () => {
    said({ pieces: ['Fo', 'ur.'], finishReason: 'length' });
    const { outcome, pieces } = await call(streamed({ endpoint: 'completions' }));
    expect(pieces).toEqual([{ text: 'Fo' }, { text: 'ur.' }]);
    expect(outcome).toMatchObject({ answer: { text: 'Four.', finishReason: 'length' } });
  });

  it('hands every chunk on in wire shape, the one with the usage last, and the text of the first choice only', async () => {
    said({ pieces: ['Four', '.'] });
    const { outcome, pieces, text } = await call(streamed({ shape: 'wire', body: { n: 2 } }));
    expect(text).toBe('Four.');
    expect(pieces).toHaveLength(9);
    expect(pieces[1]?.chunk).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: { content: 'Four' }, finish_reason: null }],
    });
    expect(pieces[6]).toMatchObject({
      text: '',
      chunk: { choices: [{ index: 1, delta: { content: '.' } }] },
    });
    expect(pieces.at(-1)?.chunk).toMatchObject({ choices: [], usage: { total_tokens: 11 } });
    expect(outcome).toMatchObject({ answer: { text: 'Four.' } });
  });

  it('streams calls of tools', async () => {
    said({ toolCalls: [['add', { a: 2 }]] });
    const { outcome, pieces } = await call(streamed({ shape: 'wire' }));
    expect(pieces[1]?.chunk).toMatchObject({
      choices: [{ delta: { tool_calls: [{ index: 0, function: { name: 'add', arguments: '{"a":2}' } }] } }],
    });
    expect(outcome).toMatchObject({ answer: { text: '', finishReason: 'tool_calls' } });
  });

  it('estimates the usage when it is missing, and adds it to the chunks', async () => {
    model.next(fault.noUsage());
    const { outcome, pieces } = await call(streamed({ shape: 'wire' }));
    expect(outcome).toMatchObject({
      answer: { usage: { input_tokens: 2, output_tokens: 2, estimated: true } },
    });
    expect(pieces.at(-1)?.chunk).toMatchObject({
      id: 'chatcmpl-1',
      choices: [],
      usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4, estimated: true },
    });
  });

  it('reads a stream that comes byte by byte', async () => {
    model.next(fault.dribble(0));
    expect((await call(streamed())).outcome).toMatchObject({ kind: 'completed', answer: { text: 'Four.' } });
  });

  it('takes a stream as whole that ends with a finish reason and without [DONE], or the other way round', async () => {
    const choice = (finish_reason: string | null) => ({
      choices: [{ index: 0, delta: { content: 'A' }, finish_reason }],
    });
    model.next(streamOf([choice('length')], { isDone: false }), streamOf([choice(null)]));
    expect((await call(streamed())).outcome).toMatchObject({ answer: { text: 'A', finishReason: 'length' } });
    expect((await call(streamed())).outcome).toMatchObject({ answer: { text: 'A', finishReason: 'stop' } });
  });

  it('does not wait for a backend that hangs after [DONE]', async () => {
    model.next((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"delta":{"content":"A"}}]}\n\ndata: [DONE]\n\n');
    });
    expect((await call(streamed())).outcome).toMatchObject({ kind: 'completed' });
    await eventually('a hang-up', () => model.calls[0]?.abortedAfterMs ?? null);
  });

  const noted = { message: 'no', type: 'x', param: null };
  it.each<[string, Behaviour, object, string]>([
    ['ends in good order', fault.truncatedStream('closed'), garbled('truncated'), 'Four'],
    ['is cut', fault.truncatedStream('cut'), garbled('truncated'), 'Four'],
    ['is cut before the first byte', fault.reset(), { kind: 'unavailable', because: 'connection' }, ''],
    ['says an error', fault.errorInStream(), garbled('error-object'), 'Fo'],
    [
      'says an error with status 429',
      fault.errorInStream([], { code: 429 }),
      { kind: 'throttled', retryAfterMs: null },
      '',
    ],
    [
      'says an error with status 400',
      fault.errorInStream([], { status: 400, ...noted }),
      { kind: 'refused', status: 400, refusal: { status: 400, code: null, ...noted } },
      '',
    ],
    ['is HTML', fault.html(), garbled('wrong-type'), ''],
    ['is empty', fault.empty(), garbled('empty'), ''],
    ['is an error object', fault.errorObject(), garbled('error-object'), ''],
    [
      'is whole JSON',
      (response, { body }) =>
        answer()(response, { path: '/chat/completions', body: { ...body, stream: false } } as never),
      garbled('wrong-type'),
      '',
    ],
    ['holds no JSON', streamOf([]), garbled('no-generation'), ''],
    ['never ends a line', fault.hugeStream(), garbled('oversized'), ''],
    ['is a redirect', fault.redirect('/v1/elsewhere'), garbled('redirect'), ''],
  ])('reports a stream that %s, after what it said', async (_how, behaviour, expected, shown) => {
    model.next(behaviour);
    const { outcome, text } = await call(streamed());
    expect(outcome).toEqual(expected);
    expect(text).toBe(shown);
    expect(model.calls).toHaveLength(1);
  });

  it('ends in time when a stream hangs', async () => {
    model.next(fault.hangInBody());
    const { outcome } = await call(streamed(), { timeoutMs: 100 });
    expect(outcome).toEqual({ kind: 'unavailable', because: 'timeout' });
  });

  it('ends when our signal fires within a stream, and the backend sees the hang-up', async () => {
    said({ pieces: ['a', 'b', 'c'], pieceDelayMs: 200 });
    const abort = new AbortController();
    const { outcome, text } = await call(streamed(), { signal: abort.signal, onPiece: () => abort.abort() });
    expect([outcome, text]).toEqual([{ kind: 'aborted' }, 'a']);
    await eventually('a hang-up', () => model.calls[0]?.abortedAfterMs ?? null, { withinMs: 1_000 });
  });

  it.each([1, 3, 7, 100])(
    'shows its key nowhere when the backend streams it in pieces of %d',
    async (size) => {
      model.next(fault.echoKey(size), fault.echoKey(size));
      for (const shape of ['text', 'wire'] as const) {
        const { outcome, pieces, text } = await call(streamed({ shape, body: { n: 2 } }));
        expect(text).toBe('Your key is ***, is it not?');
        expect(outcome).toMatchObject({ answer: { text } });
        const second = pieces.map(
          ({ chunk }) => chunk as { choices: { index: number; delta: { content?: string } }[] } | undefined,
        );
        const wire = second.flatMap((chunk) => chunk?.choices ?? []).filter(({ index }) => index === 1);
        if (shape === 'wire') expect(wire.map(({ delta }) => delta.content ?? '').join('')).toBe(text);
      }
    },
  );
});
