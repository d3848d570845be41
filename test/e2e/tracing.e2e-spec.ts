import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generate, send } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { KIND, OtlpCollector, type SeenSpan } from '../support/otlp-collector.js';
import { Stack } from '../support/stack.js';
import { all, CALLER, calledIn, CALLERS_SPAN, named, newTrace, spansIn } from '../support/traces.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const PROMPT = 'canary-prompt-5d1f';
const COMPLETION = 'canary-completion-8c2e';
const UPSTREAM = 'sk-canary-upstream-a97b';

let collector: OtlpCollector;
let first: OpenAiServer;
let second: OpenAiServer;
let receiver: WebhookReceiver;
let stack: Stack;

const backend = (id: string, server: OpenAiServer, priority: number) => ({
  id,
  kind: 'openai',
  url: server.url,
  health: false,
  api_key_env: 'UPSTREAM_KEY',
  priority,
});

beforeAll(async () => {
  [collector, first, second, receiver] = await Promise.all([
    OtlpCollector.start(),
    OpenAiServer.start(),
    OpenAiServer.start(),
    WebhookReceiver.start(),
  ]);
  stack = await Stack.start({
    isTelling: true,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      UPSTREAM_KEY: UPSTREAM,
      WORKER_DRAIN_MS: '300',
      WEBHOOK_ALLOW_HOSTS: `127.0.0.1:${receiver.port}`,
    },
    config: {
      tiers: { anonymous: {} },
      backends: [backend('first', first, 1), backend('second', second, 2)],
      routes: { '*': { strategy: 'priority' } },
    },
  });
});
beforeEach(() => {
  for (const model of [first, second]) {
    model.forget();
    model.usual = answer({ text: COMPLETION, pieces: ['canary-', 'completion-8c2e'], pieceDelayMs: 20 });
  }
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([collector.stop(), first.stop(), second.stop(), receiver.stop()]);
});

/** A model of its own for each call, so that no circuit is in its way. */
let models = 0;
const aModel = () => `gpt-${++models}`;
const ask = (more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  generate(
    stack.url(),
    { prompt: PROMPT, model: 'gpt-4o', metadata: { canary: CALLER }, ...more },
    { ...headers },
  );
const spansOf = (trace: string, ...names: string[]): Promise<SeenSpan[]> => spansIn(collector, trace, names);
const WORK = 'process generate-default';

describe('one call', () => {
  it('is one trace from its caller through API, queue and worker to the backend', async () => {
    const trace = newTrace();
    const { status, body } = await ask({}, calledIn(trace));
    expect(status).toBe(200);
    const spans = await spansOf(trace, 'POST /generate', WORK);
    const [server, admit, enqueue] = ['POST /generate', 'admit', 'enqueue generate-default'].map((name) =>
      named(spans, name),
    );
    const [wait, work, chat] = ['wait generate-default', WORK, 'chat gpt-4o'].map((name) =>
      named(spans, name),
    );
    expect(spans).toHaveLength(6);
    expect(server).toMatchObject({ kind: KIND.server, parentSpanId: CALLERS_SPAN, service: 'sluice-api' });
    expect(server?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/generate',
      'url.scheme': 'http',
      'http.response.status_code': 200,
      'sluice.pool': 'default',
      'sluice.job.id': body['job_id'],
    });
    expect(admit).toMatchObject({
      parentSpanId: server?.spanId,
      attributes: { 'sluice.decision': 'admitted' },
    });
    expect(enqueue).toMatchObject({ kind: KIND.producer, parentSpanId: server?.spanId });
    expect(wait).toMatchObject({ kind: KIND.internal, parentSpanId: enqueue?.spanId });
    expect(work).toMatchObject({
      kind: KIND.consumer,
      parentSpanId: enqueue?.spanId,
      links: [enqueue?.spanId],
      service: 'sluice-worker',
      attributes: { 'messaging.message.id': body['job_id'], 'sluice.delivery': 1, 'sluice.ran': 'closed' },
      events: [
        { name: 'sluice.settled', attributes: { 'sluice.status': 'completed', 'sluice.attempts': 1 } },
      ],
    });
    expect(chat).toMatchObject({ kind: KIND.client, parentSpanId: work?.spanId, isError: false });
    expect(first.calls[0]?.headers['traceparent']).toBe(`00-${trace}-${chat?.spanId}-01`);
    expect(first.calls[0]?.headers['tracestate']).toBeUndefined();
  });

  it('names model, provider, tokens and server as the conventions for generative AI do', async () => {
    const trace = newTrace();
    await ask({}, calledIn(trace));
    const { attributes } = named(await spansOf(trace, 'chat gpt-4o'), 'chat gpt-4o');
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(first.url).port),
      'sluice.backend.id': 'first',
      'sluice.attempt': 1,
    });
    expect(attributes['gen_ai.request.stream']).toBeUndefined();
  });

  it('that is streamed says when its first piece came, and lasts until its last', async () => {
    const trace = newTrace();
    const stream = await EventStream.open(`${stack.url()}/generate`, {
      json: { prompt: PROMPT, model: 'gpt-4o', stream: true },
      headers: calledIn(trace),
    });
    await stream.ended;
    expect(stream.text).toBe(COMPLETION);
    const spans = await spansOf(trace, 'chat gpt-4o', 'POST /generate');
    const [chat, server] = [named(spans, 'chat gpt-4o'), named(spans, 'POST /generate')];
    expect(chat.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.model': 'gpt-4o',
      'gen_ai.usage.output_tokens': 2,
    });
    const firstMs = Number(chat.attributes['gen_ai.response.time_to_first_chunk']) * 1_000;
    expect(firstMs).toBeGreaterThan(0);
    expect(firstMs).toBeLessThan(chat.endMs - chat.startMs);
    expect(server.endMs - server.startMs).toBeGreaterThan(chat.endMs - chat.startMs);
  });

  it('is found by its trace in the logs of every process', async () => {
    const trace = newTrace();
    await ask({}, calledIn(trace));
    const lines = await eventually('both lines', () => {
      const found = stack.logs().split('\n');
      const ours = found.filter((line) => line.includes(`"trace_id":"${trace}"`));
      return ['answered', 'ran'].every((msg) => ours.some((line) => line.includes(`"msg":"${msg}"`)))
        ? ours
        : null;
    });
    expect(new Set(lines.map((line) => /"app":"(\w+)"/.exec(line)?.[1]))).toEqual(new Set(['api', 'worker']));
  });

  it('is told to its webhook in the same trace', async () => {
    const trace = newTrace();
    const { body } = await ask({ mode: 'async', webhook_url: receiver.url() }, calledIn(trace));
    const told = named(await spansOf(trace, 'POST webhook'), 'POST webhook');
    expect(told.attributes).toMatchObject({
      'sluice.job.id': body['job_id'],
      'sluice.webhook.attempt': 1,
      'http.response.status_code': 204,
    });
    expect(receiver.received[0]?.headers['traceparent']).toBeUndefined();
  });
});

describe('what did not go at once', () => {
  it('shows each attempt with what was wrong with it', async () => {
    const [trace, model] = [newTrace(), aModel()];
    first.next(fault.status(500));
    expect((await ask({ model }, calledIn(trace))).body['backend_id']).toBe('second');
    const attempts = all(await spansIn(collector, trace, [`chat ${model}`], 2), `chat ${model}`);
    expect(
      attempts.map(({ isError, attributes }) => [
        attributes['sluice.attempt'],
        isError,
        attributes['error.type'],
      ]),
    ).toEqual([
      [1, true, '500'],
      [2, false, undefined],
    ]);
    expect([first, second].map(({ calls }) => calls[0]?.headers['traceparent'])).toEqual(
      attempts.map(({ spanId }) => `00-${trace}-${spanId}-01`),
    );
  });

  it('shows a failure with its code', async () => {
    const [trace, model] = [newTrace(), aModel()];
    first.next(fault.status(422));
    const { status } = await ask({ model }, calledIn(trace));
    const spans = await spansOf(trace, 'POST /generate', WORK);
    expect(named(spans, `chat ${model}`).attributes['error.type']).toBe('422');
    expect(named(spans, WORK)).toMatchObject({
      isError: true,
      attributes: { 'error.type': 'backend_refused', 'sluice.ran': 'failed' },
    });
    expect(named(spans, 'POST /generate').attributes['http.response.status_code']).toBe(status);
  });

  it('shows a cancellation in the span of the worker and of the call', async () => {
    const [trace, model] = [newTrace(), aModel()];
    first.next(fault.hang());
    const { body } = await ask({ model, mode: 'async' }, calledIn(trace));
    await eventually('the call', () => first.calls[0] ?? null);
    const job = `${stack.url()}/jobs/${String(body['job_id'])}`;
    await send(job, { method: 'DELETE', headers: { 'x-user-id': CALLER } });
    const spans = await spansOf(trace, WORK);
    expect(named(spans, WORK).events).toContainEqual({
      name: 'sluice.stopped',
      attributes: { 'sluice.because': 'abandon' },
    });
    expect(named(spans, `chat ${model}`)).toMatchObject({
      isError: false,
      attributes: { 'sluice.outcome': 'aborted' },
    });
  });

  it('shows every delivery; a worker that stops sends its spans before it ends', async () => {
    const trace = newTrace();
    first.next(fault.hang());
    const answered = ask({ model: aModel() }, calledIn(trace));
    await eventually('the call', () => first.calls[0] ?? null);
    const [stopping] = stack.workers;
    stack.workers.push(await stack.startWorker());
    await stopping?.stop(10_000);
    expect((await answered).status).toBe(200);
    const spans = await spansIn(collector, trace, [WORK], 2);
    expect(
      all(spans, WORK).map(({ attributes }) => [attributes['sluice.delivery'], attributes['sluice.ran']]),
    ).toEqual([
      [1, 'handed-back'],
      [2, 'closed'],
    ]);
    expect(all(spans, 'wait generate-default')).toHaveLength(1);
  });
});

describe('a caller’s traceparent', () => {
  it('that is damaged counts as none', async () => {
    const { body } = await ask({}, { traceparent: `00-${newTrace()}-${CALLERS_SPAN}-01-more` });
    const server = await eventually(
      'the span',
      () =>
        collector.spans.find(
          ({ name, attributes }) =>
            name === 'POST /generate' && attributes['sluice.job.id'] === body['job_id'],
        ) ?? null,
    );
    expect(server.parentSpanId).toBe('');
    expect(first.calls[0]?.headers['traceparent']).toMatch(new RegExp(`^00-${server.traceId}-`));
  });

  it('that is not recorded is passed on and not recorded here either', async () => {
    const [unrecorded, recorded] = [newTrace(), newTrace()];
    await ask({}, calledIn(unrecorded, '00'));
    expect(first.calls[0]?.headers['traceparent']).toMatch(new RegExp(`^00-${unrecorded}-[0-9a-f]{16}-00$`));
    await ask({}, calledIn(recorded));
    await spansOf(recorded, WORK, 'POST /generate');
    expect(collector.trace(unrecorded)).toEqual([]);
  });
});

describe('what is exported', () => {
  it('holds no prompt, no completion, no key and nothing else that a caller wrote but the model', async () => {
    await send(`${stack.url()}/none/${CALLER}?q=${PROMPT}`, { headers: calledIn(newTrace()) });
    const last = newTrace();
    await send(`${stack.url()}/jobs/${CALLER}?wait=${CALLER}`, { headers: calledIn(last) });
    await spansOf(last, 'GET /jobs/:id');
    const canaries = [PROMPT, COMPLETION, 'canary', 'completion-8c2e', UPSTREAM, CALLER];
    const bytes = Buffer.concat(collector.bodies).toString('latin1');
    expect(bytes.length).toBeGreaterThan(10_000);
    expect(canaries.filter((canary) => bytes.includes(canary))).toEqual([]);
  });

  it('says nothing of probes and scrapes', async () => {
    for (const path of ['/health', '/health/readiness', '/metrics']) await send(`${stack.url()}${path}`);
    const trace = newTrace();
    await send(`${stack.url()}/v1/models`, { headers: calledIn(trace) });
    await spansOf(trace, 'GET /v1/models');
    expect(collector.spans.filter(({ name }) => /health|metrics/.test(name))).toEqual([]);
  });
});
