import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const CALLS_A_MINUTE_MAX = 10;
const RECOVERY_MS_MAX = 30_000;

let model: OpenAiServer;
let stack: Stack;

beforeAll(async () => {
  model = await OpenAiServer.start();
  const backends = [{ id: 'only', kind: 'openai', url: model.url, models: ['*'] }];
  stack = await Stack.start({ workers: 2, isTelling: true, config: { tiers: { anonymous: {} }, backends } });
});
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

const ask = (more: Record<string, unknown> = {}) =>
  generate(stack.url(), { model: 'gpt-4o', prompt: '2+2?', ...more });

/** Attempts that both workers made so far. */
async function attempts(): Promise<number> {
  const pages = await Promise.all(stack.workers.map(({ port }) => send(`http://127.0.0.1:${port}/metrics`)));
  const lines = pages.flatMap(({ body }) => String(body['text']).split('\n'));
  return lines
    .filter((line) => line.startsWith('sluice_attempts_total'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('the only backend of a model is away', () => {
  it('fails few jobs, hears few calls, keeps the others waiting in the queue, and gets them when it is back', async () => {
    expect((await ask()).status).toBe(200);
    await model.down();
    const before = await attempts();

    // Those that find out.
    const failed = [await ask(), await ask()];
    expect(failed.map(codeOf)).toEqual(['backend_unavailable', 'backend_unavailable']);

    const accepted = await Promise.all(Array.from({ length: 30 }, () => ask({ mode: 'async' })));
    const ids = accepted.map(({ body }) => String(body['job_id']));
    await pause(15_000);
    const waiting = await Promise.all(ids.map((id) => send(`${stack.url()}/jobs/${id}`)));
    expect(new Set(waiting.map(({ body }) => body['status']))).toEqual(new Set(['queued']));
    const { body: status } = await send(`${stack.url()}/status`);
    expect(status).toMatchObject({ system_health: 'degraded', active_backends: 0 });
    expect(JSON.stringify(status['queues'])).toContain('"waiting_for_backend":30');
    expect((await attempts()) - before).toBeLessThanOrEqual(CALLS_A_MINUTE_MAX);

    await model.up();
    const backAt = performance.now();
    await eventually(
      'every job to be done',
      async () => {
        const jobs = await Promise.all(ids.map((id) => send(`${stack.url()}/jobs/${id}`)));
        return jobs.every(({ body }) => body['status'] === 'completed') ? true : null;
      },
      { withinMs: RECOVERY_MS_MAX, everyMs: 200 },
    );
    console.log(`recovered after ${Math.round(performance.now() - backAt)} ms`);
  });

  it('ends a job at its deadline that nobody could take', async () => {
    await model.down();
    await eventually(
      'the circuit to open',
      async () => {
        const job = await ask({ timeout_ms: 1_000 });
        return job.status === 202 ? true : null;
      },
      { withinMs: 30_000 },
    );
    const accepted = await ask({ mode: 'async', timeout_ms: 3_000 });
    const job = await send(`${stack.url()}/jobs/${String(accepted.body['job_id'])}?wait=15`);
    expect(job.body).toMatchObject({ status: 'expired', error: { code: 'deadline_exceeded' } });
  });
});
