import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const PROMPT = 'one two three four five six seven eight nine ten';
const ANSWER = `Simulated response to: ${PROMPT}...`;
/** The simulator draws 50 to 100 tokens: five to ten seconds of them. */
const WORDS = { prompt: PROMPT, model: 'sim-words', max_tokens: 100, stream: true };

let stack: Stack;

beforeAll(async () => {
  const profile = { latency_ms: 50, latency_sigma: 0, tokens_per_second: 10 };
  const env = { SIMULATOR_PROFILES: JSON.stringify({ 'sim-words': profile }) };
  stack = await Stack.start({ apis: 3, workers: 2, env });
});
afterAll(() => stack.stop());

const ask = (api: number): Promise<EventStream> =>
  EventStream.open(`${stack.url(api)}/generate`, { json: WORDS });
const resume = (api: number, id: string, last: string): Promise<EventStream> =>
  EventStream.open(`${stack.url(api)}/jobs/${id}/stream`, { headers: { 'last-event-id': last } });
const idOf = (stream: EventStream): string => String(stream.events[0]?.data['job_id']);
const tokens = (stream: EventStream, count: number): Promise<true> =>
  eventually(`${count} tokens`, () => (stream.of('token').length >= count ? true : null), {
    withinMs: 20_000,
  });

describe('an API replica killed in the middle of a stream', () => {
  it('loses no token and repeats none: the stream goes on at another replica', async () => {
    const first = await ask(0);
    await tokens(first, 3);
    await stack.apis[0]?.kill();
    await expect(first.ended).rejects.toThrow();
    const second = await resume(1, idOf(first), first.lastId ?? '');
    await second.ended;
    expect(second.names).not.toContain('restarted');
    expect(second.of('token').length).toBeGreaterThan(0);
    expect(first.text + second.text).toBe(ANSWER);
    expect(second.events.at(-1)).toMatchObject({ event: 'result', data: { response: ANSWER } });
  });
});

describe('a worker killed in the middle of a stream', () => {
  it('is told as a restart, and the new attempt from its beginning', async () => {
    const stream = await ask(1);
    const broken = await ask(1);
    await Promise.all([tokens(stream, 3), tokens(broken, 3)]);
    broken.hangUp();
    const { body } = await send(`${stack.url(1)}/jobs/${idOf(stream)}`);
    const victim = await stack.workerCalled(String(body['worker_id']));
    const before = stream.of('token').length;
    await victim.kill();
    await stream.ended;
    expect(stream.of('restarted')).toHaveLength(1);
    expect(stream.names.indexOf('restarted')).toBeGreaterThan(before);
    expect(stream.text).toBe(ANSWER);
    expect(stream.events.at(-1)).toMatchObject({ event: 'result', data: { response: ANSWER } });
  });

  it('is a restart also for whoever comes back with what the dead worker had told', async () => {
    stack.workers.push(await stack.startWorker());
    const accepted = await send(`${stack.url(1)}/generate`, { json: { ...WORDS, mode: 'async' } });
    const id = String(accepted.body['job_id']);
    const first = await EventStream.open(`${stack.url(1)}${String(accepted.body['stream_url'])}`);
    await tokens(first, 3);
    const last = first.lastId ?? '';
    first.hangUp();
    const { body } = await send(`${stack.url(1)}/jobs/${id}`);
    await (await stack.workerCalled(String(body['worker_id']))).kill();
    await eventually(
      'the second delivery',
      async () => ((await send(`${stack.url(1)}/jobs/${id}`)).body['deliveries'] === 2 ? true : null),
      { withinMs: 25_000 },
    );
    const second = await resume(2, id, last);
    await second.ended;
    expect(second.of('restarted')).toHaveLength(1);
    expect(second.text).toBe(ANSWER);
  });
});
