import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

type Worker = Readonly<Record<'id' | 'state' | 'active' | 'metrics_port', unknown>> & { roles: string[] };

let stack: Stack;
let redis: Redis;

beforeAll(async () => {
  const profiles = { 'sim-slow': { latency_ms: 4_000, latency_sigma: 0, tokens_per_second: 0 } };
  stack = await Stack.start({
    workers: 2,
    isTelling: true,
    env: { WORKER_SLOTS: '2', WORKER_DRAIN_MS: '8000', SIMULATOR_PROFILES: JSON.stringify(profiles) },
    config: {
      tiers: { anonymous: {} },
      pools: { default: { models: ['*'] }, unserved: { models: ['nobody-*'] } },
    },
  });
  redis = stack.look();
  await eventually(
    'the tables',
    async () => ((await order('nobody', 'drain')).status === 404 ? true : null),
    {
      withinMs: 30_000,
    },
  );
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});

const order = (id: string, what: 'drain' | 'resume', json?: unknown): Promise<Answer> =>
  send(`${stack.url()}/admin/workers/${id}/${what}`, {
    method: 'POST',
    ...(json === undefined ? {} : { json }),
  });

async function workers(): Promise<Worker[]> {
  const { body } = await send(`${stack.url()}/admin/workers`);
  return (body['workers'] as Worker[]).filter(({ roles }) => roles.includes('generate'));
}

const untilSeen = (id: string, wanted: Partial<Worker>) =>
  eventually(`${id} to be ${JSON.stringify(wanted)}`, async () => {
    const worker = (await workers()).find((each) => each.id === id);
    return Object.entries(wanted).every(([name, value]) => worker?.[name as 'state'] === value)
      ? (worker ?? null)
      : null;
  });

async function submit(model = 'sim-fast'): Promise<string> {
  const { body } = await generate(stack.url(), { model, prompt: 'x', mode: 'async' });
  return String(body['job_id']);
}

const job = async (id: string): Promise<Record<string, unknown>> =>
  (await send(`${stack.url()}/jobs/${id}`)).body;
const ended = async (id: string): Promise<Record<string, unknown>> =>
  (await send(`${stack.url()}/jobs/${id}?wait=20`)).body;

/** The workers that ran so many jobs at once. */
async function whoRuns(jobs: number): Promise<unknown[]> {
  const answers = await Promise.all(
    Array.from({ length: jobs }, () => generate(stack.url(), { prompt: 'x' })),
  );
  return [...new Set(answers.map(({ body }) => body['worker_id']))];
}

/** A job that runs for seconds, and who runs it. */
async function running() {
  const id = await submit('sim-slow');
  const { worker_id } = await eventually('the job to run', async () => {
    const seen = await job(id);
    return seen['status'] === 'running' ? seen : null;
  });
  return { id, worker: String(worker_id) };
}

describe('a worker that is drained', () => {
  it('takes no job while its running one finishes, leaves the others to the rest, and takes jobs again when it is told to', async () => {
    const { id, worker } = await running();
    expect((await order(worker, 'drain')).status).toBe(200);
    const { metrics_port } = await untilSeen(worker, { state: 'cordoned', active: 1 });
    const others = await whoRuns(12);
    expect(others).toHaveLength(1);
    expect(others).not.toContain(worker);
    expect(await ended(id)).toMatchObject({ status: 'completed', worker_id: worker, deliveries: 1 });
    await untilSeen(worker, { state: 'cordoned', active: 0 });
    const readiness = await send(`http://127.0.0.1:${String(metrics_port)}/health/readiness`);
    expect([readiness.status, readiness.body]).toEqual([200, { status: 'ready', state: 'cordoned' }]);
    expect(await whoRuns(12)).toEqual(others);

    expect((await order(worker, 'resume')).status).toBe(200);
    await untilSeen(worker, { state: 'ready' });
    await eventually('it to run jobs', async () => ((await whoRuns(12)).includes(worker) ? true : null));
  });

  it('with all others makes jobs wait, and begins again by itself when its time is over', async () => {
    const [first, second] = (await workers()).map(({ id }) => String(id));
    if (first === undefined || second === undefined) throw new Error('no workers');
    for (const worker of [first, second]) {
      expect((await order(worker, 'drain', { minutes: 10 })).status).toBe(200);
      await untilSeen(worker, { state: 'cordoned', active: 0 });
    }
    const waiting = await Promise.all(Array.from({ length: 5 }, () => submit()));
    expect((await send(`${stack.url()}/health`)).body).toMatchObject({ status: 'degraded' });
    for (const id of waiting) expect(await job(id)).toMatchObject({ status: 'queued', deliveries: 0 });

    expect(await redis.pexpire(`{sluice}:worker:${first}:cordon:admin`, 100)).toBe(1);
    for (const id of waiting)
      expect(await ended(id)).toMatchObject({ status: 'completed', worker_id: first, deliveries: 1 });
    await order(second, 'resume');
    await untilSeen(second, { state: 'ready' });
  });

  it('is one that lives, for a time that is one', async () => {
    expect(codeOf(await order('worker-0', 'drain'))).toBe('worker_not_found');
    expect(codeOf(await order('worker-0', 'resume'))).toBe('worker_not_found');
    const [worker] = await workers();
    for (const minutes of [0, -1, 'long', 1e9])
      expect(codeOf(await order(String(worker?.id), 'drain', { minutes }))).toBe('invalid_value');
    expect((await workers()).map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  it('may be told to stop: then it is draining, and finishes what it runs', async () => {
    const { id, worker } = await running();
    await order(worker, 'drain');
    await untilSeen(worker, { state: 'cordoned' });
    const process = await stack.workerCalled(worker);
    const stopping = process.stop(30_000);
    await untilSeen(worker, { state: 'draining' });
    expect(await ended(id)).toMatchObject({ status: 'completed', worker_id: worker, deliveries: 1 });
    await stopping;
    expect((await process.exited).code).toBe(0);
    expect((await workers()).map((each) => each.id)).not.toContain(worker);
  });
});

describe('a pool without a worker', () => {
  it('is trouble, unless its scaler will start one as soon as a job comes', async () => {
    const health = async () => [
      (await send(`${stack.url()}/health`)).body['status'],
      (await send(`${stack.url()}/status`)).body['system_health'],
    ];
    expect(await health()).toEqual(['degraded', 'degraded']);
    await redis.set('{sluice}:pool:unserved:asleep', '1');
    expect(await health()).toEqual(['healthy', 'healthy']);
  });
});
