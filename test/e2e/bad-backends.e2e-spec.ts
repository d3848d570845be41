import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import type { Behaviour } from '../support/openai-behaviour.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const CANARY = 'sk-CANARY-0123456789abcdef';
const TIMEOUT_MS = 1_500;

let model: OpenAiServer;
let stack: Stack;
/** Each call asks for a model of its own, so that no circuit that another opened is in its way. */
let models = 0;

beforeAll(async () => {
  model = await OpenAiServer.start();
  const backend = { kind: 'openai', url: model.url, api_key_env: 'CANARY_KEY', timeout_ms: TIMEOUT_MS };
  stack = await Stack.start({
    workers: 1,
    env: { CANARY_KEY: CANARY },
    config: { tiers: { anonymous: {} }, backends: [{ ...backend, id: 'bad', health: false }] },
  });
  // Retries are a tenth of the first attempts: so many jobs earn those of all tests.
  for (let batch = 0; batch < 10; batch++) {
    const earned = await Promise.all(Array.from({ length: 30 }, () => ask()));
    expect(new Set(earned.map(({ status }) => status))).toEqual(new Set([200]));
  }
});
beforeEach(() => {
  model.forget();
});
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

const ask = (more: Record<string, unknown> = {}) =>
  generate(stack.url(), { model: `model-${models++}`, prompt: '2+2?', ...more });

const THRICE = 3;

interface BadAnswer {
  readonly does: string;
  readonly behaviour: Behaviour;
  readonly status: number;
  readonly code: string;
  /** How often it is called. */
  readonly calls: number;
}

describe('a backend that', () => {
  it.each<BadAnswer>([
    {
      does: 'answers HTML with 200',
      behaviour: fault.html(),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'answers 200 with nothing',
      behaviour: fault.empty(),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'answers 200 with half of a JSON text',
      behaviour: fault.invalidJson(),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'answers 200 with an error object',
      behaviour: fault.errorObject(),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'answers 200 without a choice',
      behaviour: fault.noChoices(),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'says that its JSON is text',
      behaviour: fault.wrongType(),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'redirects',
      behaviour: fault.redirect('http://127.0.0.1:9/elsewhere'),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    { does: 'answers 50 MB', behaviour: fault.huge(), status: 502, code: 'backend_bad_response', calls: 1 },
    {
      does: 'cuts the connection in its answer',
      behaviour: fault.cut(),
      status: 503,
      code: 'backend_unavailable',
      calls: THRICE,
    },
    {
      does: 'cuts the connection before its answer',
      behaviour: fault.reset(),
      status: 503,
      code: 'backend_unavailable',
      calls: THRICE,
    },
    {
      does: 'never answers',
      behaviour: fault.hang(),
      status: 503,
      code: 'backend_unavailable',
      calls: THRICE,
    },
    {
      does: 'sends one byte at a time for ever',
      behaviour: fault.dribble(),
      status: 503,
      code: 'backend_unavailable',
      calls: THRICE,
    },
    { does: 'fails', behaviour: fault.status(500), status: 502, code: 'backend_bad_response', calls: THRICE },
    {
      does: 'finds our key wrong',
      behaviour: fault.echoKeyInError(401),
      status: 502,
      code: 'backend_bad_response',
      calls: THRICE,
    },
    {
      does: 'finds the request invalid',
      behaviour: fault.echoKeyInError(400),
      status: 502,
      code: 'backend_refused',
      calls: 1,
    },
  ])('$does', async ({ behaviour, status, code, calls }) => {
    model.next(behaviour, behaviour, behaviour);
    const failed = await ask();
    expect([failed.status, codeOf(failed), model.calls.length]).toEqual([status, code, calls]);
    expect(JSON.stringify(failed.body)).not.toContain('CANARY');
    // The worker lives, and the next job is answered.
    model.forget();
    expect((await ask()).status).toBe(200);
  });

  it('does not count gets an estimate, which is marked', async () => {
    model.next(fault.noUsage());
    const { body } = await ask();
    expect(body['usage']).toEqual({ input_tokens: 1, output_tokens: 2, estimated: true });
  });

  it.each<[string, Behaviour]>([
    ['breaks off', fault.truncatedStream('cut')],
    ['ends without a finish reason', fault.truncatedStream('closed')],
    ['says an error', fault.errorInStream()],
  ])('%s in a stream is not asked again: its first tokens were told', async (_, behaviour) => {
    model.next(behaviour);
    const { body } = await ask({ stream: true });
    expect(String(body['text'])).toContain('event: token');
    expect(String(body['text'])).toContain('stream_interrupted');
    expect(model.calls).toHaveLength(1);
  });

  it.each<[string, Behaviour]>([
    ['answers HTML', fault.html()],
    ['answers nothing', fault.empty()],
    ['answers 50 MB', fault.hugeStream()],
  ])('%s instead of a stream is an error before any token', async (_, behaviour) => {
    model.next(behaviour, behaviour, behaviour);
    const { body } = await ask({ stream: true });
    expect(String(body['text'])).not.toContain('event: token');
    expect(String(body['text'])).toContain('backend_bad_response');
  });
});

describe('our key, which a backend says aloud', () => {
  it('is in no answer, whole or streamed, in whatever pieces it comes', async () => {
    for (const size of [1, 3, 7, 40]) {
      model.next(fault.echoKey(size), fault.echoKey(size));
      const whole = await ask();
      expect(whole.body['response']).toBe('Your key is ***, is it not?');
      const streamed = await ask({ stream: true });
      expect(String(streamed.body['text'])).toContain('***');
      expect(String(streamed.body['text'])).not.toContain('CANARY');
    }
    const wire = { model: `model-${models++}`, messages: [{ role: 'user', content: 'x' }] };
    model.next(fault.echoKey(), fault.echoKey(2));
    for (const stream of [false, true]) {
      const answered = await send(`${stack.url()}/v1/chat/completions`, { json: { ...wire, stream } });
      expect(answered.status).toBe(200);
      expect(JSON.stringify(answered.body)).not.toContain('CANARY');
    }
    model.next(fault.echoKeyInError());
    const refused = await send(`${stack.url()}/v1/chat/completions`, { json: wire });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('***');
    expect(JSON.stringify(refused.body)).not.toContain('CANARY');
  });

  it('is nowhere else: logs, metrics, status, Redis', async () => {
    expect(model.calls.length + models).toBeGreaterThan(0);
    expect(stack.logs()).not.toContain('CANARY');
    for (const path of ['/status', '/metrics', '/admin/backends']) {
      const { body } = await send(`${stack.url()}${path}`);
      expect(JSON.stringify(body)).not.toContain(CANARY);
    }
    const worker = await send(`http://127.0.0.1:${stack.workers[0]?.port}/metrics`);
    expect(JSON.stringify(worker.body)).not.toContain('CANARY');
    const look = stack.look();
    // DUMP compresses longer values: what is in them would not be found.
    await look.config('SET', 'rdbcompression', 'no');
    for (const name of await look.keys('*')) {
      expect(name).not.toContain('CANARY');
      expect((await look.dumpBuffer(name)).includes(CANARY)).toBe(false);
    }
    look.disconnect();
  });
});
