import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { NamedModel } from '../support/named-model.js';
import { Stack } from '../support/stack.js';

const IN_FORCE_MS = 2_000;
const TIMES = 16;

const one = new NamedModel('one');
const two = new NamedModel('two');
let stack: Stack;

beforeAll(async () => {
  await Promise.all([one.start(), two.start()]);
  stack = await Stack.start({
    workers: 2,
    isTelling: true,
    config: {
      tiers: { anonymous: {} },
      routes: { 'many-*': { strategy: 'priority' } },
      backends: [
        { id: 'one', kind: 'openai', url: one.url, priority: 1, health: false },
        { id: 'two', kind: 'openai', url: two.url, priority: 2, health: false },
      ],
    },
  });
  await eventually(
    'the tables',
    async () => ((await admin('backends/nobody', { weight: 1 }, 'PATCH')).status === 404 ? true : null),
    { withinMs: 30_000 },
  );
});
afterAll(async () => {
  await stack.stop();
  for (const model of [one, two]) model.close();
});

const admin = (path: string, json: unknown, method: string): Promise<Answer> =>
  send(`${stack.url()}/admin/${path}`, { ...(json === undefined ? {} : { json }), method });
/** How many of so many jobs, one after the other, each backend answered. */
async function spread(model: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < TIMES; at++) {
    const id = String((await generate(stack.url(), { model, prompt: 'x' })).body['backend_id']);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

describe('the strategy of a model', () => {
  it('is switched at run time, within 2 s in every worker, and taken back', async () => {
    expect(await spread('many-1')).toEqual({ one: TIMES });
    expect((await admin('routes/many-*', { strategy: 'round_robin' }, 'PUT')).status).toBe(200);
    await pause(IN_FORCE_MS);
    const both = await spread('many-1');
    expect(both['one']).toBeGreaterThan(0);
    expect(both['two']).toBeGreaterThan(0);
    await admin('routes/many-*', undefined, 'DELETE');
    await pause(IN_FORCE_MS);
    expect(await spread('many-1')).toEqual({ one: TIMES });
  });

  it('goes by what is changed of a backend meanwhile', async () => {
    await admin('backends/two', { priority: 0 }, 'PATCH');
    await pause(IN_FORCE_MS);
    expect(await spread('many-1')).toEqual({ two: TIMES });
    await admin('backends/two/restore', {}, 'POST');
  });
});

describe('a model whose every backend is away', () => {
  it('has its jobs wait, and /status and /metrics say so', async () => {
    for (const model of [one, two]) model.close();
    const jobs = Array.from({ length: 12 }, () =>
      generate(stack.url(), { model: 'away-1', prompt: 'x', mode: 'async' }),
    );
    expect(new Set((await Promise.all(jobs)).map(({ status }) => status))).toEqual(new Set([202]));
    const status = await eventually(
      'the circuits to open',
      async () => {
        await generate(stack.url(), { model: 'away-1', prompt: 'x', mode: 'async' });
        const { body } = await send(`${stack.url()}/status`);
        return body['system_health'] === 'degraded' ? body : null;
      },
      { withinMs: 20_000, everyMs: 250 },
    );
    expect(status['backend_status']).toMatchObject({ models_without_backend: ['away-1'] });
    const metrics = String((await send(`${stack.url()}/metrics`)).body['text']);
    for (const id of ['one', 'two'])
      expect(metrics).toMatch(new RegExp(`^sluice_circuit_state\\{.*backend="${id}".*\\} [12]$`, 'm'));
  });
});
