import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
const alice = { 'x-user-id': 'alice' };
const PROMPT = 'one two three four five six seven eight';
const WORDS = { prompt: PROMPT, model: 'sim-words', max_tokens: 20 };
const ANSWER = `Simulated response to: ${PROMPT}...`;

beforeAll(async () => {
  // With max_tokens 20, a second or ten of tokens.
  const slow = { latency_ms: 50, latency_sigma: 0 };
  const profiles = {
    'sim-words': { ...slow, tokens_per_second: 20 },
    'sim-slow-words': { ...slow, tokens_per_second: 2 },
    'sim-broken': { ...slow, error_rate: 1, error_kind: 'refused' },
  };
  stack = await Stack.start({ apis: 2, workers: 1, env: { SIMULATOR_PROFILES: JSON.stringify(profiles) } });
});
afterAll(() => stack.stop());

const ask = (more: Record<string, unknown> = {}, headers: Record<string, string> = alice) =>
  EventStream.open(`${stack.url()}/generate`, {
    json: { ...WORDS, stream: true, ...more },
    headers,
  });
const follow = (id: string, headers: Record<string, string> = {}, replica = 0) =>
  EventStream.open(`${stack.url(replica)}/jobs/${id}/stream`, { headers: { ...alice, ...headers } });
const submit = async (more: Record<string, unknown> = {}) =>
  generate(stack.url(), { ...WORDS, mode: 'async', stream: true, ...more }, alice);
const idOf = (stream: EventStream) => String(stream.events[0]?.data['job_id']);
const tokens = (stream: EventStream, count: number) =>
  eventually(`${count} tokens`, () => (stream.of('token').length >= count ? true : null), {
    withinMs: 20_000,
  });
const job = async (id: string) => (await send(`${stack.url()}/jobs/${id}`, { headers: alice })).body;

describe('POST /generate with stream', () => {
  it('tells where the job stands, its tokens as they come, and last the answer of a synchronous call', async () => {
    const stream = await ask();
    expect(stream.response.status).toBe(200);
    const header = (name: string) => stream.response.headers.get(name);
    expect(header('content-type')).toBe('text/event-stream; charset=utf-8');
    expect([header('cache-control'), header('x-accel-buffering')]).toEqual(['no-store', 'no']);
    expect([header('x-request-id'), header('access-control-allow-origin')]).toEqual([
      expect.stringMatching(/^req_/),
      '*',
    ]);
    await tokens(stream, 2);
    expect(await job(idOf(stream))).toMatchObject({ status: 'running' });
    await stream.ended;
    const [queued, running, ...rest] = stream.events;
    expect(queued).toMatchObject({ event: 'status', data: { status: 'queued', queue_position: 0 } });
    expect(running).toMatchObject({ event: 'status', data: { status: 'running' } });
    expect(new Set(rest.slice(0, -1).map(({ event }) => event))).toEqual(new Set(['token']));
    expect(stream.of('token').length).toBeGreaterThan(2);
    expect(stream.text).toBe(ANSWER);
    const { result } = await job(idOf(stream));
    expect(rest.at(-1)).toEqual({ event: 'result', id: 'end', data: result });
    expect(result).toMatchObject({ response: ANSWER, job_id: header('x-sluice-job-id') });
  });

  it('refuses before the first event as any call is refused', async () => {
    const refused = await generate(stack.url(), { prompt: '', stream: true });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'invalid_value']);
  });

  it('ends with the error of a job that fails', async () => {
    const stream = await ask({ model: 'sim-broken' });
    await stream.ended;
    expect(stream.names.at(-1)).toBe('error');
    expect(stream.events.at(-1)?.data['error']).toMatchObject({
      type: 'backend_error',
      code: 'backend_refused',
      job_id: idOf(stream),
    });
  });

  it('ends with deadline_exceeded when timeout_ms has passed, and the backend call with it', async () => {
    const stream = await ask({ model: 'sim-hang', timeout_ms: 500 });
    await stream.ended;
    expect(stream.events.at(-1)?.data['error']).toMatchObject({ code: 'deadline_exceeded' });
    expect(await job(idOf(stream))).toMatchObject({ status: 'expired' });
  });

  it('is cancelled within 1 s when its caller hangs up', async () => {
    const stream = await ask({ model: 'sim-slow-words' });
    await tokens(stream, 1);
    stream.hangUp();
    await eventually(
      'the cancellation',
      async () => ((await job(idOf(stream)))['status'] === 'cancelled' ? true : null),
      { withinMs: 1_000 },
    );
  });

  it('goes on without its caller under an Idempotency-Key, and is told from its beginning when it comes back', async () => {
    const headers = { ...alice, 'idempotency-key': 'stream-1' };
    const stream = await ask({}, headers);
    await tokens(stream, 2);
    stream.hangUp();
    const again = await ask({}, headers);
    await again.ended;
    expect(again.response.headers.get('idempotent-replayed')).toBe('true');
    expect(idOf(again)).toBe(idOf(stream));
    expect(again.text).toBe(ANSWER);
    expect(again.names.at(-1)).toBe('result');
  });

  it('answers 202 with mode async, and stream_url tells the tokens as they come', async () => {
    const accepted = await submit();
    expect(accepted.status).toBe(202);
    const stream = await EventStream.open(stack.url(1) + String(accepted.body['stream_url']), {
      headers: alice,
    });
    await tokens(stream, 2);
    expect(await job(String(accepted.body['job_id']))).toMatchObject({ status: 'running' });
    await stream.ended;
    expect(stream.text).toBe(ANSWER);
    expect(stream.names.at(-1)).toBe('result');
  });
});

describe('GET /jobs/{id}/stream', () => {
  it('goes on after Last-Event-ID without a gap or a repeat, also on another replica', async () => {
    const first = await follow(String((await submit()).body['job_id']));
    await tokens(first, 3);
    first.hangUp();
    const id = idOf(first);
    const second = await follow(id, { 'last-event-id': String(first.lastId) }, 1);
    await second.ended;
    expect(first.text + second.text).toBe(ANSWER);
    expect(second.names).not.toContain('restarted');
    expect(await job(id)).toMatchObject({ status: 'completed' });
    const third = await follow(id, { 'last-event-id': String(first.lastId) });
    await third.ended;
    expect(first.text + third.text).toBe(ANSWER);
    expect((await follow(id, { 'last-event-id': 'end' })).response.status).toBe(204);
  });

  it('goes on from the record when the stream is not kept any more', async () => {
    const first = await follow(String((await submit()).body['job_id']));
    await first.ended;
    const id = idOf(first);
    const look = stack.look();
    expect(await look.pttl(`{sluice}:job:${id}:stream`)).toBeLessThanOrEqual(600_000);
    expect(await look.del(`{sluice}:job:${id}:stream`)).toBe(1);
    look.disconnect();
    const [seen] = first.of('token');
    const second = await follow(id, { 'last-event-id': String(seen?.id) });
    await second.ended;
    expect(String(seen?.data['text']) + second.text).toBe(ANSWER);
    expect(second.names).toEqual(['token', 'result']);
  });

  it('tells all of a job that was not streamed in one token', async () => {
    const accepted = await submit({ stream: false });
    const stream = await follow(String(accepted.body['job_id']));
    await stream.ended;
    expect(stream.names.filter((name) => name !== 'status')).toEqual(['token', 'result']);
    expect(stream.text).toBe(ANSWER);
    const again = await follow(idOf(stream), { 'last-event-id': String(stream.of('token')[0]?.id) });
    await again.ended;
    expect(again.names).toEqual(['result']);
  });

  it('refuses the id of an event that this job never had', async () => {
    const id = String((await submit()).body['job_id']);
    for (const eventId of ['x', '1-1', '101-1.x', '99901-1.5']) {
      const refused = await send(`${stack.url()}/jobs/${id}/stream`, {
        headers: { ...alice, 'last-event-id': eventId },
      });
      expect([eventId, refused.status, codeOf(refused)]).toEqual([eventId, 400, 'invalid_value']);
    }
  });

  it('does not cancel a job whose follower hangs up', async () => {
    const id = String((await submit()).body['job_id']);
    const stream = await follow(id);
    await tokens(stream, 1);
    stream.hangUp();
    const ended = await send(`${stack.url()}/jobs/${id}?wait=20`, { headers: alice });
    expect(ended.body).toMatchObject({ status: 'completed' });
  });

  it('does not know another tenant’s job', async () => {
    const id = String((await submit()).body['job_id']);
    const others = await send(`${stack.url()}/jobs/${id}/stream`, { headers: { 'x-user-id': 'mallory' } });
    expect([others.status, codeOf(others)]).toEqual([404, 'job_not_found']);
  });
});

describe('what streams leave behind', () => {
  it('is nothing: no follower, no waiter, no lease', async () => {
    for (const replica of [0, 1]) {
      await eventually(`replica ${replica} to be idle`, async () => {
        const { body } = await send(`${stack.url(replica)}/metrics`);
        const counted = (name: string) =>
          new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(String(body['text']))?.[1];
        return counted('sluice_streams') === '0' && counted('sluice_waiting_requests') === '0' ? true : null;
      });
    }
    const look = stack.look();
    await eventually('the leases', async () =>
      (await look.keys('{sluice}:tenant:*:in-flight')).length === 0 ? true : null,
    );
    look.disconnect();
  });
});
