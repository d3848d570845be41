import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { send } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/openai-faults.js';
import { KIND } from '../support/otlp-collector.js';
import { COMPLETION, PROMPT, TracedStack, UPSTREAM, WORK } from '../support/traced-stack.js';
import { CALLER, calledIn, CALLERS_SPAN, named, newTrace } from '../support/traces.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

let receiver: WebhookReceiver;
let world: TracedStack;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  world = await TracedStack.start({
    isTelling: true,
    env: { WEBHOOK_ALLOW_HOSTS: `127.0.0.1:${receiver.port}` },
  });
});
beforeEach(() => world.reset());
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

describe('one call', () => {
  it('is one trace from its caller through API, queue and worker to the backend', async () => {
    const trace = newTrace();
    const { status, body } = await world.ask({}, calledIn(trace));
    expect(status).toBe(200);
    const spans = await world.spansOf(trace, 'POST /generate', WORK);
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
    expect(world.first.calls[0]?.headers['traceparent']).toBe(`00-${trace}-${chat?.spanId}-01`);
    expect(world.first.calls[0]?.headers['tracestate']).toBeUndefined();
  });

  it('names model, provider, tokens and server as the conventions for generative AI do', async () => {
    const trace = newTrace();
    await world.ask({}, calledIn(trace));
    const { attributes } = named(await world.spansOf(trace, 'chat gpt-4o'), 'chat gpt-4o');
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(world.first.url).port),
      'sluice.backend.id': 'first',
      'sluice.attempt': 1,
    });
    expect(attributes['gen_ai.request.stream']).toBeUndefined();
  });

  it('that is streamed says when its first piece came, and lasts until its last', async () => {
    const trace = newTrace();
    const stream = await EventStream.open(`${world.stack.url()}/generate`, {
      json: { prompt: PROMPT, model: 'gpt-4o', stream: true },
      headers: calledIn(trace),
    });
    await stream.ended;
    expect(stream.text).toBe(COMPLETION);
    const spans = await world.spansOf(trace, 'chat gpt-4o', 'POST /generate');
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
    await world.ask({}, calledIn(trace));
    const lines = await eventually('both lines', () => {
      const found = world.stack.logs().split('\n');
      const ours = found.filter((line) => line.includes(`"trace_id":"${trace}"`));
      return ['answered', 'ran'].every((msg) => ours.some((line) => line.includes(`"msg":"${msg}"`)))
        ? ours
        : null;
    });
    expect(new Set(lines.map((line) => /"app":"(\w+)"/.exec(line)?.[1]))).toEqual(new Set(['api', 'worker']));
  });

  it('is told to its webhook in the same trace', async () => {
    const trace = newTrace();
    const { body } = await world.ask({ mode: 'async', webhook_url: receiver.url() }, calledIn(trace));
    const told = named(await world.spansOf(trace, 'POST webhook'), 'POST webhook');
    expect(told.attributes).toMatchObject({
      'sluice.job.id': body['job_id'],
      'sluice.webhook.attempt': 1,
      'http.response.status_code': 204,
    });
    expect(receiver.received[0]?.headers['traceparent']).toBeUndefined();
  });
});

describe('a caller’s traceparent', () => {
  it('that is damaged counts as none', async () => {
    const { body } = await world.ask({}, { traceparent: `00-${newTrace()}-${CALLERS_SPAN}-01-more` });
    const server = await eventually(
      'the span',
      () =>
        world.collector.spans.find(
          ({ name, attributes }) =>
            name === 'POST /generate' && attributes['sluice.job.id'] === body['job_id'],
        ) ?? null,
    );
    expect(server.parentSpanId).toBe('');
    expect(world.first.calls[0]?.headers['traceparent']).toMatch(new RegExp(`^00-${server.traceId}-`));
  });

  it('that is not recorded is passed on and not recorded here either', async () => {
    const [unrecorded, recorded] = [newTrace(), newTrace()];
    await world.ask({}, calledIn(unrecorded, '00'));
    expect(world.first.calls[0]?.headers['traceparent']).toMatch(
      new RegExp(`^00-${unrecorded}-[0-9a-f]{16}-00$`),
    );
    await world.ask({}, calledIn(recorded));
    await world.spansOf(recorded, WORK, 'POST /generate');
    expect(world.collector.trace(unrecorded)).toEqual([]);
  });
});

describe('what is exported', () => {
  it('holds no prompt, no completion, no key and nothing else that a caller wrote but the model', async () => {
    await send(`${world.stack.url()}/none/${CALLER}?q=${PROMPT}`, { headers: calledIn(newTrace()) });
    world.first.next(fault.status(400, {}, `no: ${PROMPT} ${COMPLETION}`), fault.echoKey());
    await world.ask({ model: 'gpt-refusing' }, calledIn(newTrace()));
    await world.ask({ model: 'gpt-telling' }, calledIn(newTrace()));
    const last = newTrace();
    await send(`${world.stack.url()}/jobs/${CALLER}?wait=${CALLER}`, { headers: calledIn(last) });
    await world.spansOf(last, 'GET /jobs/:id');
    const canaries = [PROMPT, COMPLETION, 'canary', 'completion-8c2e', UPSTREAM, CALLER];
    const bytes = Buffer.concat(world.collector.bodies).toString('latin1');
    expect(bytes.length).toBeGreaterThan(10_000);
    expect(canaries.filter((canary) => bytes.includes(canary))).toEqual([]);
  });

  it('says nothing of probes and scrapes', async () => {
    for (const path of ['/health', '/health/readiness', '/metrics'])
      await send(`${world.stack.url()}${path}`);
    const trace = newTrace();
    await send(`${world.stack.url()}/v1/models`, { headers: calledIn(trace) });
    await world.spansOf(trace, 'GET /v1/models');
    expect(world.collector.spans.filter(({ name }) => /health|metrics/.test(name))).toEqual([]);
  });
});
