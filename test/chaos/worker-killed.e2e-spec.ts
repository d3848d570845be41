import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

let stack: Stack;

// A call takes 12 s: long enough to be killed in the middle, short enough to end after the restart.
const SLOW = {
  SIMULATOR_PROFILES: JSON.stringify({
    'sim-twelve': { latency_ms: 12_000, latency_sigma: 0, tokens_per_second: 0 },
  }),
};

beforeAll(async () => {
  stack = await Stack.start({ apis: 2, workers: 2, isTelling: true, env: SLOW });
});
afterAll(() => stack.stop());

const read = async (id: string) => (await send(`${stack.url(1)}/jobs/${id}`)).body;

const runningOn = (id: string, since = 0) =>
  eventually(
    `${id} to run`,
    async () => {
      const job = await read(id);
      return job['status'] === 'running' && Number(job['deliveries']) > since ? job : null;
    },
    { withinMs: 25_000 },
  );

describe('a worker killed in the middle of a call', () => {
  it('has its job restarted within 20 s, settled once, recorded in one row', async () => {
    const { body } = await generate(stack.url(), { prompt: 'survive', model: 'sim-twelve', mode: 'async' });
    const id = String(body['job_id']);
    const first = await runningOn(id);
    const victim = await stack.workerCalled(String(first['worker_id']));
    await victim.kill();
    const killedAt = performance.now();
    const second = await runningOn(id, 1);
    expect(performance.now() - killedAt).toBeLessThan(20_000);
    expect(second['worker_id']).not.toBe(first['worker_id']);

    const ended = await send(`${stack.url()}/jobs/${id}?wait=30`);
    expect(ended.body).toMatchObject({ status: 'completed', deliveries: 2 });
    await eventually('its row', async () =>
      (await stack.rows('job_id = $1', [id]))?.length === 1 ? true : null,
    );
    const look = stack.look();
    expect(await look.zscore('{sluice}:unsettled', id)).toBeNull();
    look.disconnect();
  });
});

describe('a job that kills its worker three times', () => {
  it('is dead with worker_crashed, holds no lease, and others do not notice', async () => {
    const user = { 'x-user-id': 'poisoner' };
    while (stack.workers.length < 5) stack.workers.push(await stack.startWorker());
    const { body } = await generate(
      stack.url(),
      { prompt: 'poison', model: 'sim-hang', mode: 'async' },
      user,
    );
    const id = String(body['job_id']);
    const readOwn = async () => (await send(`${stack.url()}/jobs/${id}`, { headers: user })).body;
    for (let delivery = 1; delivery <= 3; delivery++) {
      const job = await eventually(
        `delivery ${delivery}`,
        async () => {
          const found = await readOwn();
          return found['status'] === 'running' && found['deliveries'] === delivery ? found : null;
        },
        { withinMs: 30_000 },
      );
      await (await stack.workerCalled(String(job['worker_id']))).kill();
    }
    const bystander = await generate(stack.url(), { prompt: 'unharmed', timeout_ms: 20_000 });
    expect(bystander.status).toBe(200);
    const dead = await eventually(
      'the job to be dead',
      async () => {
        const found = await readOwn();
        return found['status'] === 'failed' ? found : null;
      },
      { withinMs: 40_000 },
    );
    expect(dead).toMatchObject({ error: { code: 'worker_crashed' }, deliveries: 3 });
    const rows = await eventually('its row', async () => {
      const found = await stack.rows('job_id = $1', [id]);
      return found !== null && found.length > 0 ? found : null;
    });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ status: 'failed', error_code: 'worker_crashed', success: false });
    const look = stack.look();
    const leases = await look.keys('{sluice}:tenant:*:in-flight');
    expect(leases).toEqual([]);
    expect(await look.zcard('{sluice}:generate-default:failed')).toBe(1);
    look.disconnect();
  });
});
