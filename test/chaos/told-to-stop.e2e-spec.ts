import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

beforeAll(async () => {
  const profiles = { 'sim-two': { latency_ms: 2_000, latency_sigma: 0, tokens_per_second: 0 } };
  stack = await Stack.start({
    workers: 1,
    env: { WORKER_DRAIN_MS: '4000', SIMULATOR_PROFILES: JSON.stringify(profiles) },
  });
});
afterAll(() => stack.stop());

const untilRunning = (id: string) =>
  eventually(`${id} to run`, async () => {
    const { body } = await send(`${stack.url()}/jobs/${id}`);
    return body['status'] === 'running' ? body : null;
  });

describe('a worker told to stop', () => {
  it('finishes what it can, hands back the rest at once, and exits with 0', async () => {
    const [quick, hanging] = await Promise.all(
      ['sim-two', 'sim-hang'].map(async (model) => {
        const { body } = await generate(stack.url(), { prompt: 'x', model, mode: 'async' });
        return String(body['job_id']);
      }),
    );
    if (quick === undefined || hanging === undefined) throw new Error('not accepted');
    const { worker_id } = await untilRunning(quick);
    await untilRunning(hanging);
    const [worker] = stack.workers;
    if (worker === undefined) throw new Error('no worker');
    const stopping = worker.stop(30_000);
    const ended = await send(`${stack.url()}/jobs/${quick}?wait=10`);
    expect(ended.body).toMatchObject({ status: 'completed', worker_id });
    await stopping;
    expect((await worker.exited).code).toBe(0);
    const { body } = await send(`${stack.url()}/jobs/${hanging}`);
    expect(body).toMatchObject({ status: 'queued', queue_position: 0, deliveries: 1 });
    const next = await stack.startWorker();
    const again = await untilRunning(hanging);
    expect(again).toMatchObject({ deliveries: 2 });
    expect(again['worker_id']).not.toBe(worker_id);
    await send(`${stack.url()}/jobs/${hanging}`, { method: 'DELETE' });
    expect(next.pid).toBeGreaterThan(0);
  });
});

describe('an API told to stop', () => {
  it('answers whom it has accepted, takes nobody new, and exits with 0', async () => {
    const api = await stack.startApi();
    const base = `http://127.0.0.1:${api.port}`;
    const call = generate(base, { prompt: 'x', model: 'sim-two' });
    await eventually('the job to run', async () => {
      const { body } = await send(`${stack.url()}/jobs?status=running`);
      return (body['jobs'] as unknown[]).length > 0 ? true : null;
    });
    const stopping = api.stop(30_000);
    expect((await call).status).toBe(200);
    await stopping;
    expect((await api.exited).code).toBe(0);
    await expect(generate(base, { prompt: 'x' })).rejects.toThrow();
  });
});
