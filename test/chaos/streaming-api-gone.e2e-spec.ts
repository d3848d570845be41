import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate, send } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const CALLERS = 20;
/** Under it all answers are different, so that no token of one could pass for another's. */
const promptOf = (caller: number) => `caller ${caller} wants one two three four five six seven`;

let stack: Stack;

beforeAll(async () => {
  // With 48 tokens, 6 s for an answer, and 32 s for a long one.
  const words = { latency_ms: 100, latency_sigma: 0, tokens_per_second: 8 };
  const profiles = { 'sim-words': words, 'sim-more-words': { ...words, tokens_per_second: 1.5 } };
  const env = { SIMULATOR_PROFILES: JSON.stringify(profiles), WORKER_SLOTS: '30' };
  stack = await Stack.start({ apis: 2, workers: 2, env });
});
afterAll(() => stack.stop());

async function submit(caller: number, model = 'sim-words'): Promise<string> {
  const json = { prompt: promptOf(caller), model, max_tokens: 48, mode: 'async', stream: true };
  return String((await generate(stack.url(1), json)).body['job_id']);
}

const follow = (url: string, id: string, lastEventId?: string) =>
  EventStream.open(`${url}/jobs/${id}/stream`, {
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
const tokens = (stream: EventStream, count: number) =>
  eventually(`${count} tokens`, () => (stream.of('token').length >= count ? true : null), {
    withinMs: 30_000,
  });
const answerTo = async (id: string) =>
  ((await send(`${stack.url(1)}/jobs/${id}?wait=60`)).body['result'] as { response: string }).response;

describe('an API killed while it streams to twenty callers', () => {
  it('costs none of them a token: each goes on elsewhere, after the last event it has', async () => {
    const victim = await stack.startApi();
    const url = `http://127.0.0.1:${victim.port}`;
    const ids = await Promise.all(Array.from({ length: CALLERS }, (_, caller) => submit(caller)));
    const cut = await Promise.all(ids.map((id) => follow(url, id)));
    await Promise.all(cut.map((stream) => tokens(stream, 2)));
    await victim.kill();
    for (const stream of cut) await expect(stream.ended).rejects.toThrow();

    const resumed = await Promise.all(
      ids.map((id, at) => follow(stack.url(at % 2), id, cut[at]?.lastId ?? 'none')),
    );
    await Promise.all(resumed.map(({ ended }) => ended));
    for (const [at, id] of ids.entries()) {
      const answer = await answerTo(id);
      expect(answer).toContain(`caller ${at} `);
      expect(`${cut[at]?.text}${resumed[at]?.text}`).toBe(answer);
      expect(cut[at]?.names).not.toContain('result');
      expect(resumed[at]?.names).not.toContain('restarted');
      expect(resumed[at]?.names.at(-1)).toBe('result');
    }
  });
});

describe('an API told to stop', () => {
  it('lets its callers go after its grace, and each goes on elsewhere', async () => {
    const api = await stack.startApi();
    const id = await submit(2, 'sim-more-words');
    const cut = await follow(`http://127.0.0.1:${api.port}`, id);
    await tokens(cut, 1);
    await api.stop(40_000);
    expect((await api.exited).code).toBe(0);
    await cut.ended;
    expect(cut.comments.at(-1)).toContain('come back');
    expect(cut.names).not.toContain('result');
    const resumed = await follow(stack.url(), id, cut.lastId);
    await resumed.ended;
    expect(cut.text + resumed.text).toBe(await answerTo(id));
    expect(resumed.names).not.toContain('restarted');
  });
});
