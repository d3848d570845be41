import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { NamedModel } from '../support/named-model.js';
import { Stack } from '../support/stack.js';

const IN_FORCE_MS = 2_000;

let stack: Stack;
const one = new NamedModel('one');
const two = new NamedModel('two');

const admin = (path: string, json?: unknown, method?: string): Promise<Answer> =>
  send(`${stack.url()}/admin/${path}`, {
    ...(json === undefined ? {} : { json }),
    ...(method === undefined ? {} : { method }),
  });
const add = (id: string, more: Record<string, unknown>): Promise<Answer> =>
  admin('add-backend', { id, ...more });
const remove = (id: string): Promise<Answer> => admin(`remove-backend/${id}`, undefined, 'DELETE');
const listed = async (id: string): Promise<Record<string, unknown> | null> => {
  const { body } = await admin('backends');
  return (body['backends'] as Record<string, unknown>[]).find((backend) => backend['id'] === id) ?? null;
};
/** Backends and workers that answered, of so many jobs at once. */
async function ask(
  model: string,
  times = 1,
): Promise<{ backends: Set<unknown>; workers: Set<unknown>; codes: unknown[] }> {
  const answers = await Promise.all(
    Array.from({ length: times }, () => generate(stack.url(), { model, prompt: 'x' })),
  );
  return {
    backends: new Set(answers.map(({ body }) => body['backend_id'])),
    workers: new Set(answers.map(({ body }) => body['worker_id'])),
    codes: answers.map(({ status }) => status),
  };
}

beforeAll(async () => {
  await Promise.all([one.start(), two.start()]);
  stack = await Stack.start({
    workers: 2,
    isTelling: true,
    env: { BACKEND_ALLOW_HOSTS: '127.0.0.1', WORKER_SLOTS: '8' },
    config: {
      tiers: { anonymous: {} },
      backends: [
        { id: 'file', kind: 'openai', url: one.url, models: ['file-*'] },
        { id: 'sim', kind: 'simulator', models: ['sim-*'] },
      ],
    },
  });
  await eventually('the tables', async () => ((await remove('nobody')).status === 404 ? true : null), {
    withinMs: 30_000,
  });
});
beforeEach(() => {
  for (const model of [one, two]) model.calls = 0;
});
afterAll(async () => {
  await stack.stop();
  for (const model of [one, two]) model.close();
});

describe('a backend added at run time', () => {
  it('is called by every worker within 2 s, until it is removed', async () => {
    const added = await add('new', { url: two.url, models: ['new-*'] });
    expect([added.status, added.body]).toEqual([201, { message: 'Backend new added successfully' }]);
    await pause(IN_FORCE_MS);
    const { backends, workers } = await ask('new-model', 24);
    expect([...backends]).toEqual(['new']);
    expect(workers.size).toBe(2);
    expect(await listed('new')).toMatchObject({
      kind: 'openai',
      source: 'runtime',
      state: 'active',
      models: ['new-*'],
      config: { weight: 1, max_connections: 100, url: two.url },
      workers: expect.arrayContaining([...workers]),
    });
    expect(codeOf(await add('new', { url: two.url }))).toBe('backend_exists');
    expect(codeOf(await add('file', { url: two.url }))).toBe('backend_exists');
  });

  it('is changed while it is called', async () => {
    const patched = await admin('backends/new', { weight: 7, models: ['other-*'] }, 'PATCH');
    expect([patched.status, patched.body]).toEqual([200, { message: 'Backend new changed successfully' }]);
    await pause(IN_FORCE_MS);
    expect((await ask('other-model', 8)).backends).toEqual(new Set(['new']));
    expect(await listed('new')).toMatchObject({ models: ['other-*'], config: { weight: 7 } });
    await admin('backends/new', { url: one.url }, 'PATCH');
    await pause(IN_FORCE_MS);
    two.calls = 0;
    await ask('other-model', 4);
    expect([one.calls, two.calls]).toEqual([4, 0]);
  });

  it('drains when it is removed: the call that runs ends well, and none begins', async () => {
    one.hold();
    const running = generate(stack.url(), { model: 'other-model', prompt: 'x' });
    await eventually('the call', () => (one.calls === 1 ? true : null));
    expect((await remove('new')).body).toEqual({ message: 'Backend new removed successfully' });
    const isDraining = async () => ((await listed('new'))?.['state'] === 'draining' ? true : null);
    await eventually('the backend to drain', isDraining, { withinMs: 5_000 });
    const refused = await generate(stack.url(), { model: 'other-model', prompt: 'x', timeout_ms: 1_500 });
    expect(refused.body['backend_id'] ?? null).toBeNull();
    expect(one.calls).toBe(1);
    one.release();
    expect((await running).body).toMatchObject({ response: 'one', backend_id: 'new' });
    await eventually('it to be gone', async () => ((await listed('new')) === null ? true : null));
    expect((await remove('new')).status).toBe(404);
  });

  it('with a key that the workers lack is not called and reported', async () => {
    await add('keyless', {
      url: two.url,
      models: ['keyless-*'],
      api_key_env: 'NO_SUCH_API_KEY',
    });
    await eventually(
      'the report',
      async () => ((await listed('keyless'))?.['state'] === 'misconfigured' ? true : null),
      { withinMs: 5_000 },
    );
    expect((await listed('keyless'))?.['problem']).toContain('NO_SUCH_API_KEY, which is not set');
    expect(stack.logs()).toContain('a backend is not called here');
    await remove('keyless');
    expect(codeOf(await add('thief', { url: two.url, api_key_env: 'ADMIN_TOKEN' }))).toBe('invalid_value');
  });
});

describe('a URL inside the network', () => {
  it.each([
    'http://127.0.0.2/v1',
    'http://2130706434/v1',
    'http://0x7f.2/v1',
    'http://[::1]/v1',
    'http://[::ffff:7f00:2]/v1',
    'http://localhost/v1',
    'http://169.254.169.254/v1',
    'http://10.0.0.1/v1',
  ])('is refused: %s', async (url) => {
    const refused = await add('inside', { url });
    expect([refused.status, codeOf(refused)]).toEqual([400, 'url_not_allowed']);
    expect((refused.body['error'] as Record<string, unknown>)['param']).toBe('url');
  });

  it('is refused too as a change, and with a password in it', async () => {
    await add('outside', { url: two.url, models: ['outside-*'] });
    const patched = await admin('backends/outside', { url: 'http://127.0.0.2/v1' }, 'PATCH');
    expect(codeOf(patched)).toBe('url_not_allowed');
    const secret = two.url.replace('http://', 'http://u:p@');
    expect(codeOf(await add('secret', { url: secret }))).toBe('url_not_allowed');
    await remove('outside');
  });
});

describe('a configured backend', () => {
  it('is changed, removed and restored, and stays so in a worker that starts later', async () => {
    await admin('backends/file', { models: ['file-*', 'more-*'] }, 'PATCH');
    expect(codeOf(await admin('backends/file', { url: two.url }, 'PATCH'))).toBe('invalid_value');
    expect(codeOf(await admin('backends/sim', { timeout_ms: 5 }, 'PATCH'))).toBe('invalid_value');
    await remove('sim');
    stack.workers.push(await stack.startWorker());
    await eventually('three workers', async () =>
      ((await listed('file'))?.['workers'] as unknown[]).length === 3 ? true : null,
    );
    await pause(IN_FORCE_MS);
    expect((await ask('more-model', 12)).backends).toEqual(new Set(['file']));
    expect(await listed('file')).toMatchObject({ source: 'changed', state: 'active' });
    expect(await listed('sim')).toMatchObject({ source: 'file', state: 'removed', workers: [] });
    await Promise.all(['file', 'sim'].map((id) => admin(`backends/${id}/restore`, {})));
    await pause(IN_FORCE_MS);
    expect((await ask('sim-instant', 12)).backends).toEqual(new Set(['sim']));
    expect(await listed('file')).toMatchObject({ source: 'file', models: ['file-*'] });
  });
});

describe('the route of a model', () => {
  const routes = async (): Promise<unknown> => (await admin('routes')).body['routes'];

  it('is set, replaced and taken back at run time, also with a slash in its pattern', async () => {
    const pattern = 'org/sim-*';
    const path = `routes/${encodeURIComponent(pattern)}`;
    const set = await admin(path, { strategy: 'priority', fallbacks: ['sim-fast'] }, 'PUT');
    const route = { strategy: 'priority', fallbacks: ['sim-fast'] };
    expect([set.status, set.body]).toEqual([200, { pattern, source: 'runtime', route }]);
    await admin(path, { strategy: 'cost' }, 'PUT');
    expect(await routes()).toEqual([
      { pattern, source: 'runtime', route: { strategy: 'cost', fallbacks: [] } },
    ]);
    expect(codeOf(await admin(path, { strategy: 'dice' }, 'PUT'))).toBe('invalid_value');
    expect(codeOf(await admin('routes/a*b', {}, 'PUT'))).toBe('invalid_value');
    expect((await admin(path, undefined, 'DELETE')).status).toBe(200);
    expect(codeOf(await admin(path, undefined, 'DELETE'))).toBe('route_not_found');
    expect(await routes()).toEqual([]);
  });
});

describe('the audit', () => {
  it('holds every change of backends and routes', async () => {
    const { body } = await admin('audit?limit=100');
    const actions = (body['entries'] as { action: string; status: number }[]).map(
      ({ action, status }) => `${status} ${action}`,
    );
    expect(actions).toEqual(
      expect.arrayContaining([
        '201 POST /admin/add-backend',
        '400 POST /admin/add-backend',
        '200 DELETE /admin/remove-backend/:id',
        '200 PATCH /admin/backends/:id',
        '200 PUT /admin/routes/:pattern',
      ]),
    );
  });
});

describe('without PostgreSQL', () => {
  it('calls go on under what was changed, also in a worker that starts now, and changes answer 503', async () => {
    await add('late', { url: two.url, models: ['late-*'] });
    await stack.postgres?.stop();
    stack.workers.push(await stack.startWorker());
    await pause(IN_FORCE_MS);
    const { backends, codes } = await ask('late-model', 24);
    expect([backends, new Set(codes)]).toEqual([new Set(['late']), new Set([200])]);
    expect((await listed('late'))?.['workers']).toHaveLength(4);
    for (const answer of [await add('never', { url: two.url }), await remove('late')])
      expect([answer.status, codeOf(answer)]).toEqual([503, 'dependency_unavailable']);
  });
});
