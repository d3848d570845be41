import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  const profiles = { 'sim-two': { latency_ms: 2_000, latency_sigma: 0, tokens_per_second: 0 } };
  stack = await Stack.start({
    workers: 1,
    env: { LOG_LEVEL: 'debug', SIMULATOR_PROFILES: JSON.stringify(profiles) },
  });
});
afterAll(() => stack.stop());

describe('Redis full', () => {
  it('refuses new jobs with 503, keeps the answers of running ones, and shows none of them in a log', async () => {
    const look = stack.look();
    const { body } = await generate(stack.url(), { prompt: 'CANARY-full', model: 'sim-two', mode: 'async' });
    const url = `${stack.url()}/jobs/${String(body['job_id'])}`;
    await eventually('the job to run', async () =>
      (await send(url)).body['status'] === 'running' ? true : null,
    );
    await look.config('SET', 'maxmemory', '1mb');
    const refused = await generate(stack.url(), { prompt: 'CANARY-refused' });
    expect([refused.status, codeOf(refused)]).toEqual([503, 'dependency_unavailable']);
    const ended = await eventually(
      'the job to end',
      async () => {
        const job = await send(url);
        return job.status === 200 ? job.body : null;
      },
      { withinMs: 10_000 },
    );
    await look.config('SET', 'maxmemory', '0');
    look.disconnect();
    expect(ended).toMatchObject({
      status: 'completed',
      result: { response: 'Simulated response to: CANARY-full...' },
    });
    expect((await generate(stack.url(), { prompt: 'again' })).status).toBe(200);
    expect(stack.logs()).not.toContain('CANARY');
  });
});

describe('a message that is none', () => {
  it('harms no process, on whatever channel it comes', async () => {
    const look = stack.look();
    for (const channel of (await look.pubsub('CHANNELS', '{sluice}:*')) as string[]) {
      for (const garbage of ['', '{', 'null', '{"kind":"abandon"}', '[]'])
        await look.publish(channel, garbage);
    }
    look.disconnect();
    expect((await generate(stack.url(), { prompt: 'unharmed' })).status).toBe(200);
  });
});
