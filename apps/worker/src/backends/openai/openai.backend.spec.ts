import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { answer, models } from '../../../../../test/support/openai-answers.js';
import type { Behaviour } from '../../../../../test/support/openai-behaviour.js';
import { fault } from '../../../../../test/support/openai-faults.js';
import { OpenAiServer } from '../../../../../test/support/openai-server.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { taskOf } from '../../../../../test/support/task.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome } from '../backend.js';
import { OpenAiBackend, type OpenAiSettings } from './openai.backend.js';

const KEY = 'sk-canary-6ad1';
const wire = taskOf({ shape: 'wire' });
const never = (): AbortSignal => new AbortController().signal;
const silent = (): void => undefined;

describe('OpenAiBackend', () => {
  let model: OpenAiServer;

  beforeEach(async () => {
    model = await OpenAiServer.start();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await model.stop();
  });

  const backend = (change: Partial<OpenAiSettings> = {}): OpenAiBackend =>
    new OpenAiBackend({
      id: 'openai',
      baseUrl: model.url,
      apiKey: KEY,
      timeoutMs: 4_000,
      healthPath: '/models',
      ...change,
    });
  const call = (task: GenerationTask = taskOf(), signal = never()): Promise<CallOutcome> =>
    backend().call(task, signal, silent);

  it('asks with the body as it is, the model and its key', async () => {
    const body = { messages: [{ role: 'tool', content: 'hi' }], n: 1, unheard_of: { of: [1] } };
    const usage = { input_tokens: 9, output_tokens: 2 };
    const answer = { text: 'Four.', finishReason: 'stop', usage, model: 'm' };
    expect(await call(taskOf({ model: 'm', body }))).toEqual({ kind: 'completed', answer });
    expect(model.calls).toMatchObject([
      { path: '/v1/chat/completions', key: KEY, body: { ...body, model: 'm' } },
    ]);
    expect(Object.keys(model.calls[0]?.body ?? {})).toHaveLength(4);
  });

  it('asks for text completions and embeddings on their own routes', async () => {
    const completion = await call(
      taskOf({ endpoint: 'completions', body: { prompt: '2+2?' }, shape: 'wire' }),
    );
    expect(completion).toMatchObject({
      answer: { text: 'Four.', finishReason: 'stop', body: { object: 'text_completion' } },
    });
    const embedding = await call(
      taskOf({
        endpoint: 'embeddings',
        body: { input: ['a', 'b'], encoding_format: 'base64' },
        shape: 'wire',
      }),
    );
    expect(embedding).toMatchObject({
      answer: {
        text: '',
        finishReason: 'stop',
        usage: { input_tokens: 9, output_tokens: 0 },
        body: { object: 'list', data: [{ embedding: 'mpkZP83MTD8=' }, { embedding: 'mpkZP83MTD8=' }] },
      },
    });
    expect(model.calls.map(({ path }) => path)).toEqual(['/v1/completions', '/v1/embeddings']);
  });

  it('keeps the whole answer in wire shape: every choice and calls of tools', async () => {
    model.next(answer({ toolCalls: [['add', { a: 2 }]], finishReason: 'tool_calls' }));
    const outcome = await call(taskOf({ shape: 'wire', body: { n: 2 } }));
    const tool_calls = [{ id: 'call_0', type: 'function', function: { name: 'add', arguments: '{"a":2}' } }];
    const choice = { message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' };
    expect(outcome).toMatchObject({
      answer: { text: '', finishReason: 'tool_calls', body: { id: 'chatcmpl-1', choices: [choice, choice] } },
    });
  });

  it('uses its connections again', async () => {
    const one = backend();
    for (let number = 0; number < 6; number++) await one.call(wire, never(), silent);
    const streamed = taskOf({ is_streamed: true });
    for (let number = 0; number < 6; number++) await one.call(streamed, never(), silent);
    // A call that follows at once finds the last one's connection still busy.
    expect(model.connections).toBeLessThanOrEqual(2);
  });

  it('leaves no listener on the signal of a finished call', async () => {
    const signal = never();
    await call(taskOf(), signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('sends no Authorization header without a key, even if the environment holds one', async () => {
    jest.replaceProperty(process, 'env', { OPENAI_API_KEY: KEY, OPENAI_ADMIN_KEY: KEY });
    await backend({ apiKey: undefined }).call(taskOf(), never(), silent);
    expect(model.calls[0]?.headers.authorization).toBeUndefined();
  });

  it('estimates the usage when it is missing, and says so', async () => {
    model.next(fault.noUsage());
    expect(await call(wire)).toMatchObject({
      answer: {
        usage: { input_tokens: 2, output_tokens: 2, estimated: true },
        body: { usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4, estimated: true } },
      },
    });
  });

  const unwell = (status: number, retryAfterMs: number | null = null): CallOutcome => ({
    kind: 'unavailable',
    because: 'server-error',
    status,
    retryAfterMs,
  });
  it.each<[string, Behaviour, CallOutcome]>([
    ['429', fault.status(429, { 'retry-after-ms': '1500' }), { kind: 'throttled', retryAfterMs: 1_500 }],
    ['500', fault.status(500), unwell(500)],
    ['503 with Retry-After', fault.status(503, { 'retry-after': '2' }), unwell(503, 2_000)],
    ['401', fault.echoKeyInError(401), unwell(401)],
    ['HTML', fault.html(), { kind: 'garbled', because: 'wrong-type' }],
    ['text/plain', fault.wrongType(), { kind: 'garbled', because: 'wrong-type' }],
    ['nothing', fault.empty(), { kind: 'garbled', because: 'empty' }],
    ['invalid JSON', fault.invalidJson(), { kind: 'garbled', because: 'not-json' }],
    ['an error object', fault.errorObject(), { kind: 'garbled', because: 'error-object' }],
    ['no choices', fault.noChoices(), { kind: 'garbled', because: 'no-generation' }],
    ['50 MB', fault.huge(), { kind: 'garbled', because: 'oversized' }],
    ['a cut connection', fault.reset(), { kind: 'unavailable', because: 'connection' }],
    ['a cut answer', fault.cut(), { kind: 'unavailable', because: 'connection' }],
  ])('calls once and reports %s', async (_what, behaviour, expected) => {
    model.next(behaviour);
    expect(await call(wire)).toEqual(expected);
    expect(model.calls).toHaveLength(1);
  });

  it('passes a refusal on in the backend’s words', async () => {
    model.next(fault.status(422, {}, 'unknown field'));
    expect(await call()).toEqual({
      kind: 'refused',
      status: 422,
      refusal: {
        status: 422,
        message: 'unknown field',
        type: 'invalid_request_error',
        code: 'bad',
        param: 'messages',
      },
    });
  });

  it('judges an error by its status when its body does not end', async () => {
    model.next((response) => {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.write('x'.repeat(100_000));
    });
    expect(await call()).toMatchObject({ kind: 'refused', refusal: { status: 404, code: null } });
    expect((await eventually('a hang-up', () => model.calls[0]?.abortedAfterMs ?? null)) < 1_000).toBe(true);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect %d', async (status) => {
    model.next(fault.redirect(`${model.url}/chat/completions`, status));
    expect(await call()).toEqual({ kind: 'garbled', because: 'redirect' });
    expect(model.calls).toHaveLength(1);
    expect(model.looks).toHaveLength(0);
  });

  it('reports a refused connection', async () => {
    await model.down();
    expect(await call()).toEqual({ kind: 'unavailable', because: 'connection' });
  });

  it.each<[string, Behaviour]>([
    ['hangs before the headers', fault.hang()],
    ['hangs within the body', fault.hangInBody()],
    ['sends byte by byte', fault.dribble()],
  ])('ends in time when the backend %s', async (_how, behaviour) => {
    model.next(behaviour);
    const outcome = await backend({ timeoutMs: 100 }).call(taskOf(), never(), silent);
    expect(outcome).toEqual({ kind: 'unavailable', because: 'timeout' });
    await eventually('a hang-up', () => model.calls[0]?.abortedAfterMs ?? null);
  });

  it.each<[string, Behaviour]>([
    ['before the headers', fault.hang()],
    ['within the body', fault.dribble()],
  ])('ends when our signal fires %s, and the backend sees the hang-up', async (_where, behaviour) => {
    model.next(behaviour);
    const abort = new AbortController();
    const calling = call(taskOf(), abort.signal);
    await eventually('the call', () => model.calls[0] ?? null);
    abort.abort();
    expect(await calling).toEqual({ kind: 'aborted' });
    await eventually('a hang-up', () => model.calls[0]?.abortedAfterMs ?? null, { withinMs: 1_000 });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('calls nobody when our signal has fired before', async () => {
    expect(await call(taskOf(), AbortSignal.abort())).toEqual({ kind: 'aborted' });
    expect(model.calls).toHaveLength(0);
  });

  it.each<[string, Behaviour]>([
    ['an answer', fault.echoKey()],
    ['a refusal', fault.echoKeyInError()],
  ])('shows its key nowhere when the backend echoes it in %s', async (_where, behaviour) => {
    model.next(behaviour);
    const outcome = JSON.stringify(await call(wire));
    expect(outcome).not.toContain(KEY);
    expect(outcome).toContain('***');
  });

  describe('looked at', () => {
    it('is well when it answers, and tells its models', async () => {
      model.look = models('a', 'b', `of ${KEY}`, 'x'.repeat(101));
      expect(await backend().check(1_000)).toEqual({ isWell: true, models: ['a', 'b'] });
      expect(model.looks).toMatchObject([{ path: '/v1/models', key: KEY }]);
    });

    it('is not looked at without a path', async () => {
      expect(await backend({ healthPath: null }).check(1_000)).toBeNull();
      expect(model.looks).toHaveLength(0);
    });

    it.each<[string, Behaviour, boolean]>([
      ['404', fault.status(404), true],
      ['HTML', fault.html(), true],
      ['500', fault.status(500), false],
      ['nothing in time', fault.hang(), false],
      ['a cut connection', fault.reset(), false],
    ])('answers %s and is told well or not', async (_what, behaviour, isWell) => {
      model.look = behaviour;
      expect(await backend().check(200)).toEqual({ isWell, models: [] });
    });
  });
});
