import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { CallOutcome } from '../backend.js';
import { RESPONSE_BYTES_MAX } from './bounded-fetch.js';
import { OpenAiBackend } from './openai.backend.js';

const KEY = 'sk-canary-6ad1';
const JSON_TYPE = { 'content-type': 'application/json' };
const task: GenerationTask = {
  model: 'm',
  messages: [
    { role: 'user', content: 'Say hello' },
    { role: 'tool', content: 'hi' },
  ],
  max_tokens: 150,
  temperature: 0.7,
};
const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
interface Received {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

describe('OpenAiBackend', () => {
  let server: Server;
  let handle: Handler;
  let received: Received[];

  beforeEach(async () => {
    received = [];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const { url, headers } = request;
        received.push({ url, authorization: headers.authorization, body: JSON.parse(body) as unknown });
        handle(request, response);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const port = (): number => (server.address() as AddressInfo).port;
  const backend = (change: { apiKey?: undefined; timeoutMs?: number; baseUrl?: string } = {}) =>
    new OpenAiBackend({
      id: 'openai',
      models: ['*'],
      baseUrl: `http://127.0.0.1:${port()}/v1`,
      apiKey: KEY,
      timeoutMs: 4_000,
      ...change,
    });
  const answers = (status: number, headers: Record<string, string>, body: string): Handler => {
    return (_request, response) => response.writeHead(status, headers).end(body);
  };
  const call = (signal = new AbortController().signal): Promise<CallOutcome> => backend().call(task, signal);

  it('asks for a chat completion and returns the answer with its usage', async () => {
    handle = answers(200, JSON_TYPE, JSON.stringify({ choices, usage }));
    expect(await call()).toEqual({
      kind: 'completed',
      answer: { text: 'Hello', finishReason: 'stop', usage: { input_tokens: 3, output_tokens: 5 } },
    });
    expect(received).toEqual([{ url: '/v1/chat/completions', authorization: `Bearer ${KEY}`, body: task }]);
  });

  it('leaves no listener on the signal of a finished call', async () => {
    handle = answers(200, JSON_TYPE, JSON.stringify({ choices, usage }));
    const { signal } = new AbortController();
    await call(signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('sends no Authorization header without a key, even if the environment holds one', async () => {
    jest.replaceProperty(process, 'env', { OPENAI_API_KEY: KEY, OPENAI_ADMIN_KEY: KEY });
    handle = answers(200, JSON_TYPE, JSON.stringify({ choices, usage }));
    const outcome = await backend({ apiKey: undefined }).call(task, new AbortController().signal);
    expect(outcome).toMatchObject({ kind: 'completed' });
    expect(received).toMatchObject([{ authorization: undefined }]);
  });

  it('estimates the usage when it is missing', async () => {
    handle = answers(200, JSON_TYPE, JSON.stringify({ choices }));
    expect(await call()).toMatchObject({ answer: { usage: { input_tokens: 3, output_tokens: 2 } } });
  });

  it.each([
    [
      '429 with retry-after-ms',
      429,
      { 'retry-after-ms': '1500' },
      { kind: 'throttled', retryAfterMs: 1_500 },
    ],
    ['429 with Retry-After', 429, { 'retry-after': '2' }, { kind: 'throttled', retryAfterMs: 2_000 }],
    ['500', 500, {}, { kind: 'unavailable', because: 'server-error' }],
    [
      '500 that asks to be retried',
      500,
      { 'x-should-retry': 'true' },
      { kind: 'unavailable', because: 'server-error' },
    ],
    ['401', 401, {}, { kind: 'unavailable', because: 'server-error' }],
    ['400', 400, {}, { kind: 'refused', status: 400 }],
  ])('calls once and reports a %s', async (_what, status, headers, expected) => {
    handle = answers(
      status,
      { ...JSON_TYPE, ...headers },
      JSON.stringify({ error: { message: `bad ${KEY}` } }),
    );
    const outcome = await call();
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain(KEY);
    expect(received).toHaveLength(1);
  });

  it.each([
    ['HTML', { 'content-type': 'text/html' }, '<html></html>'],
    ['nothing', {}, ''],
    ['nothing of JSON', JSON_TYPE, ''],
    ['invalid JSON', JSON_TYPE, '{"choices":['],
    ['an error object', JSON_TYPE, '{"error":{"message":"overloaded"}}'],
    ['a completion without content', JSON_TYPE, '{"choices":[{"message":{"content":null}}]}'],
    ['more than 4 MiB', JSON_TYPE, JSON.stringify({ choices, padding: 'x'.repeat(RESPONSE_BYTES_MAX) })],
  ])('calls a 200 with %s garbled', async (_what, headers, body) => {
    handle = answers(200, headers, body);
    expect(await call()).toEqual({ kind: 'garbled' });
  });

  it('judges an error by its status even when its body is endless', async () => {
    handle = answers(500, JSON_TYPE, 'x'.repeat(RESPONSE_BYTES_MAX + 1));
    expect(await call()).toEqual({ kind: 'unavailable', because: 'server-error', status: 500 });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect %d', async (status) => {
    handle = answers(status, { location: `http://127.0.0.1:${port()}/elsewhere` }, '');
    expect(await call()).toEqual({ kind: 'unavailable', because: 'server-error', status });
    expect(received).toHaveLength(1);
  });

  it('reports a refused connection', async () => {
    const unused = createServer().listen(0, '127.0.0.1');
    await once(unused, 'listening');
    const baseUrl = `http://127.0.0.1:${(unused.address() as AddressInfo).port}/v1`;
    unused.close();
    await once(unused, 'close');
    const outcome = await backend({ baseUrl }).call(task, new AbortController().signal);
    expect(outcome).toEqual({ kind: 'unavailable', because: 'connection' });
  });

  it('reports a connection cut in the middle of the answer', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' });
      response.write('{', () => response.destroy());
    };
    expect(await call()).toEqual({ kind: 'unavailable', because: 'connection' });
  });

  const beginsAndHangs: Handler = (_request, response) => {
    response.writeHead(200, JSON_TYPE).write('{');
  };
  it.each<[string, Handler]>([
    ['before the headers', () => undefined],
    ['within the body', beginsAndHangs],
  ])('ends in time when the backend hangs %s', async (_where, hang) => {
    handle = hang;
    const outcome = await backend({ timeoutMs: 100 }).call(task, new AbortController().signal);
    expect(outcome).toEqual({ kind: 'unavailable', because: 'timeout' });
  });

  it.each<[string, Handler]>([
    ['before the headers', () => undefined],
    ['within the body', beginsAndHangs],
  ])('ends when our signal fires %s, and the backend sees the hang-up', async (_where, hang) => {
    const abort = new AbortController();
    const hungUp = new Promise<unknown>((resolve) => {
      handle = (request, response) => {
        response.once('close', resolve);
        hang(request, response);
        abort.abort();
      };
    });
    expect(await call(abort.signal)).toEqual({ kind: 'aborted' });
    await hungUp;
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('calls nobody when our signal has fired before', async () => {
    expect(await call(AbortSignal.abort())).toEqual({ kind: 'aborted' });
    expect(received).toHaveLength(0);
  });
});
