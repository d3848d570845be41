import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { bearer, createKey, type Key } from '../support/keys.js';
import { Stack } from '../support/stack.js';

const PROFILES = { 'sim-tick': { latency_ms: 20, latency_sigma: 0, tokens_per_second: 0 } };

let stack: Stack;
beforeAll(async () => {
  const env = { WORKER_SLOTS: '4', SIMULATOR_PROFILES: JSON.stringify(PROFILES), AUTH_MODE: 'required' };
  const tiers = { basic: { share: 2 }, premium: { share: 8 } };
  stack = await Stack.start({ apis: 2, workers: 0, isTelling: true, env, config: { tiers } });
}, 60_000);
afterAll(() => stack.stop());

const submit = ({ key }: Key, changes: Record<string, unknown> = {}, at = 0): Promise<Answer> =>
  generate(stack.url(at % 2), { prompt: 'x', model: 'sim-tick', mode: 'async', ...changes }, bearer(key));

/** What is the same for two requests that mean the same. */
const gist = ({ status, body }: Answer): string =>
  JSON.stringify([status, body])
    .replaceAll(/req_[\w-]+/g, 'req')
    .replaceAll(/job_[\w-]+/g, 'job');

describe('another tenant’s job', () => {
  const NOBODYS = 'job_01890000-0000-7000-8000-000000000000';
  let mallory: Key;
  let id: string;

  beforeAll(async () => {
    const alice = await createKey(stack, { tenant: 'alice' });
    mallory = await createKey(stack, { tenant: 'mallory' });
    id = String((await submit(alice)).body['job_id']);
    // A key of the same tenant sees it.
    const second = await createKey(stack, { tenant: 'alice' });
    expect((await send(`${stack.url()}/jobs/${id}`, { headers: bearer(second.key) })).status).toBe(202);
  });

  it.each([
    ['GET', ''],
    ['GET', '?wait=1'],
    ['DELETE', ''],
  ])('is as if it never was: %s /jobs/{id}%s', async (method, query) => {
    const headers = bearer(mallory.key);
    const answers = await Promise.all(
      [id, NOBODYS, 'no-such-id'].map((each) =>
        send(`${stack.url()}/jobs/${each}${query}`, { method, headers }),
      ),
    );
    expect(answers.map(codeOf)).toEqual(answers.map(() => 'job_not_found'));
    expect(new Set(answers.map(gist)).size).toBe(1);
  });

  it('is in no list but its own tenant’s, and no cursor into another’s', async () => {
    const headers = bearer(mallory.key);
    const { body } = await send(`${stack.url()}/jobs`, { headers });
    expect(body['jobs']).toEqual([]);
    const cursors = await Promise.all(
      [id, NOBODYS].map((cursor) => send(`${stack.url()}/jobs?cursor=${cursor}`, { headers })),
    );
    expect(cursors.map(({ status }) => status)).toEqual([400, 400]);
    expect(new Set(cursors.map(gist)).size).toBe(1);
  });
});

describe('premium beside basic in a crowded pool', () => {
  const EACH = 300;

  it('is served four times as often, whoever came first', async () => {
    const [basic, premium] = [
      await createKey(stack, { tier: 'basic' }),
      await createKey(stack, { tier: 'premium' }),
    ];
    for (const key of [basic, premium]) {
      const answers = await Promise.all(Array.from({ length: EACH }, (_, at) => submit(key, {}, at)));
      expect(new Set(answers.map((answer) => [answer.status, codeOf(answer)].join(' ')))).toEqual(
        new Set(['202 ']),
      );
    }
    // What a tenant sees of its place is what the queue will do.
    const [late, later] = [await submit(premium), await submit(basic)];
    expect(Number(later.body['queue_position'])).toBe(2 * EACH + 2);
    expect(Number(late.body['queue_position'])).toBeLessThan(1.3 * EACH);

    const { body } = await send(`${stack.url()}/status`);
    expect(JSON.stringify(body['queues'])).toContain('lag_jobs');
    await stack.startWorker();
    const rows = await eventually(
      'all rows',
      async () => {
        const found = await stack.rows('client_id = ANY($1)', [[`key:${basic.id}`, `key:${premium.id}`]]);
        return found?.length === 2 * (EACH + 1) ? found : null;
      },
      { withinMs: 40_000 },
    );
    const startedAt = (row: Record<string, unknown>) =>
      (row['accepted_at'] as Date).getTime() + Number(row['queue_wait_ms']);
    const order = rows.toSorted((left, right) => startedAt(left) - startedAt(right));
    const first = order.slice(0, EACH);
    const ofPremium = first.filter((row) => row['client_id'] === `key:${premium.id}`).length;
    expect(ofPremium / (EACH - ofPremium)).toBeGreaterThan(4 * 0.9);
    expect(ofPremium / (EACH - ofPremium)).toBeLessThan(4 * 1.1);
  }, 90_000);
});
