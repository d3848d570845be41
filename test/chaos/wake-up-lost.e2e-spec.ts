import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  const profiles = { 'sim-one': { latency_ms: 1_500, latency_sigma: 0, tokens_per_second: 0 } };
  stack = await Stack.start({
    workers: 1,
    env: { WORKER_SLOTS: '50', SIMULATOR_PROFILES: JSON.stringify(profiles) },
  });
});
afterAll(() => stack.stop());

async function wakeUps(via: string): Promise<number> {
  const { body } = await send(`${stack.url()}/metrics`);
  return Number(
    new RegExp(`sluice_wake_ups_total\\{[^}]*via="${via}"[^}]*\\} (\\d+)`).exec(String(body['text']))?.[1] ??
      0,
  );
}

/** The test before may have left the subscription cut; a renewed one begins with a look-up of all who wait. */
async function subscribed(): Promise<void> {
  const look = stack.look();
  await eventually('the subscription', async () => {
    const channels = (await look.pubsub('CHANNELS', '{sluice}:wake:*')) as string[];
    return channels.length === 1 ? true : null;
  });
  look.disconnect();
}

describe('a wake-up that is lost', () => {
  it('does not keep a caller waiting when the subscription was cut just before the result', async () => {
    const before = await wakeUps('lookup');
    const call = generate(stack.url(), { prompt: 'x', model: 'sim-one', timeout_ms: 20_000 });
    const look = stack.look();
    await eventually('the job to run', async () => {
      const { body } = await send(`${stack.url()}/jobs?status=running`);
      return (body['jobs'] as unknown[]).length === 1 ? true : null;
    });
    // Kept cut until the worker has settled, so that the message finds nobody.
    const cutter = setInterval(
      () => void look.call('CLIENT', 'KILL', 'TYPE', 'pubsub').catch(() => undefined),
      5,
    );
    await eventually('the settlement', async () => ((await look.xlen('{sluice}:events')) >= 1 ? true : null));
    clearInterval(cutter);
    look.disconnect();
    const { status, body } = await call;
    expect(status).toBe(200);
    expect(body['response']).toBe('Simulated response to: x...');
    expect(await wakeUps('lookup')).toBe(before + 1);
  });

  it('happens to none of 10,000 jobs on a 0 ms backend, and each caller is answered', async () => {
    await subscribed();
    const before = await wakeUps('lookup');
    let left = 10_000;
    const statuses = new Map<number, number>();
    const caller = async (): Promise<void> => {
      while (left-- > 0) {
        const { status } = await generate(stack.url(), { prompt: 'x', model: 'sim-instant', max_tokens: 1 });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 50 }, caller));
    expect(Object.fromEntries(statuses)).toEqual({ 200: 10_000 });
    expect(await wakeUps('lookup')).toBe(before);
    const look = stack.look();
    expect(await look.zcard('{sluice}:unsettled')).toBe(0);
    expect(await look.keys('{sluice}:tenant:*:in-flight')).toEqual([]);
    look.disconnect();
  });
});
