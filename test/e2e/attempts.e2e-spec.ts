import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const MOST = 3;

let [first, second, small]: OpenAiServer[] = [];
let models: OpenAiServer[];
let stack: Stack;

const backend = (id: string, server: OpenAiServer, more: Record<string, unknown>) => ({
  id,
  kind: 'openai',
  url: server.url,
  health: false,
  ...more,
});

beforeAll(async () => {
  models = await Promise.all([OpenAiServer.start(), OpenAiServer.start(), OpenAiServer.start()]);
  [first, second, small] = models;
  stack = await Stack.start({
    workers: 2,
    config: {
      tiers: { anonymous: {} },
      backends: [
        backend('first', at(0), { models: ['gpt-4o', 'hedged'], priority: 1 }),
        backend('second', at(1), { models: ['gpt-4o', 'hedged'], priority: 2 }),
        backend('small', at(2), { models: ['gpt-4o-mini'] }),
        backend('narrow', at(2), { models: ['narrow'], max_connections: MOST }),
      ],
      routes: {
        'gpt-4o': { strategy: 'priority', fallbacks: ['gpt-4o-mini'] },
        hedged: { strategy: 'priority', hedge_after_ms: 150 },
      },
      prices: {
        'gpt-4o': { input_usd_per_million: 1_000, output_usd_per_million: 1_000 },
        'gpt-4o-mini': { input_usd_per_million: 10, output_usd_per_million: 10 },
      },
    },
  });
});
beforeEach(() => {
  for (const model of models) {
    model.forget();
    model.usual = answer();
  }
});
afterAll(async () => {
  await stack.stop();
  await Promise.all(models.map((model) => model.stop()));
});

function at(index: number): OpenAiServer {
  const model = models[index];
  if (model === undefined) throw new Error(`no model ${index}`);
  return model;
}

const ask = (more: Record<string, unknown> = {}) =>
  generate(stack.url(), { model: 'gpt-4o', prompt: '2+2?', ...more });
const counts = () => models.map(({ calls }) => calls.length);

describe('an attempt that fails', () => {
  it('is followed by one at another backend of the model', async () => {
    first?.next(fault.status(500));
    const { status, body } = await ask();
    expect([status, body['backend_id'], body['model']]).toEqual([200, 'second', 'gpt-4o']);
    expect(counts()).toEqual([1, 1, 0]);
    expect(body['cost_usd']).toBeCloseTo(0.011);
  });

  it('is followed by the fallback model when all backends of the model have failed, and its price counts', async () => {
    first?.next(fault.status(500));
    second?.next(fault.reset());
    const { status, body } = await ask();
    expect([status, body['backend_id'], body['model']]).toEqual([200, 'small', 'gpt-4o-mini']);
    expect(small?.calls[0]?.body['model']).toBe('gpt-4o-mini');
    expect(body['cost_usd']).toBeCloseTo(0.000_11);
    const job = await send(`${stack.url()}/jobs/${String(body['job_id'])}`);
    expect(job.body).toMatchObject({ attempts: 3, result: { model: 'gpt-4o-mini' } });
  });

  it('is the third at most', async () => {
    for (const model of models) model.next(fault.status(500));
    const failed = await ask();
    expect([failed.status, codeOf(failed)]).toEqual([502, 'backend_bad_response']);
    expect(counts()).toEqual([1, 1, 1]);
  });

  it('is not repeated when the backend found the request invalid', async () => {
    first?.next(fault.status(422));
    expect(codeOf(await ask())).toBe('backend_refused');
    expect(counts()).toEqual([1, 0, 0]);
  });
});

describe('a backend that asks to be left alone', () => {
  it('is asked again when its time is over; the job waits in the queue meanwhile', async () => {
    small?.next(fault.status(429, { 'retry-after-ms': '700' }));
    const began = performance.now();
    const answered = await ask({ model: 'gpt-4o-mini' });
    expect(answered.status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(700);
    expect(counts()).toEqual([0, 0, 2]);
  });

  it('ends the job at once when it asks for more time than there is', async () => {
    small?.next(fault.status(429, { 'retry-after': '3' }));
    const accepted = await ask({ model: 'gpt-4o-mini', mode: 'async', timeout_ms: 2_000 });
    const job = await send(`${stack.url()}/jobs/${String(accepted.body['job_id'])}?wait=5`);
    expect(job.body).toMatchObject({ status: 'failed', error: { code: 'backend_unavailable' }, attempts: 1 });
    await eventually('the rest to be over', async () =>
      (await ask({ model: 'gpt-4o-mini' })).status === 200 ? true : null,
    );
  });
});

describe('a silent backend', () => {
  it('is joined by a second one where the route hedges, and loses its call when that one answers', async () => {
    first?.next(fault.hang());
    const { status, body } = await ask({ model: 'hedged' });
    expect([status, body['backend_id']]).toEqual([200, 'second']);
    await eventually('the hang-up', () => first?.calls[0]?.abortedAfterMs ?? null, { withinMs: 1_000 });
    expect(counts()).toEqual([1, 1, 0]);
  });
});

describe('max_connections', () => {
  it('is never exceeded by all workers together, and all of it is used', async () => {
    let [open, most] = [0, 0];
    const slow = answer({ latencyMs: 60 });
    const narrow = at(2);
    narrow.usual = async (response, call) => {
      most = Math.max(most, ++open);
      await slow(response, call);
      open--;
    };
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => ask({ model: 'narrow', timeout_ms: 60_000 })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['worker_id'])).size).toBe(2);
    expect(most).toBe(MOST);
  });
});

describe('a model that no backend serves', () => {
  it('is not found', async () => {
    const failed = await ask({ model: 'never-heard-of' });
    expect([failed.status, codeOf(failed)]).toEqual([404, 'model_not_found']);
  });
});
