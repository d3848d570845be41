import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, generate, type Request, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';

const CANARY = 'CANARY-dead-letter';
const LETTERS = '/admin/queues/default/dead-letters';
const BOARD = '/admin/board/api/queues/generate-default';

let model: OpenAiServer;
let stack: Stack;
/** Beside the first API process, which shows no prompts and has a board that only shows. */
let allowed: string;

beforeAll(async () => {
  model = await OpenAiServer.start();
  stack = await Stack.start({
    isTelling: true,
    env: { OWN_KEY: 'k' },
    config: {
      // A replay is no request of its tenant's. What was spent comes back so slowly that the tests see it.
      tiers: { anonymous: { requests: { per_minute: 1, burst: 100 } } },
      backends: [{ id: 'own', kind: 'openai', url: model.url, api_key_env: 'OWN_KEY', health: false }],
    },
  });
  const api = await stack.startApi({ DEAD_LETTER_PROMPTS: 'true', BOARD_WRITABLE: 'true' });
  allowed = `http://127.0.0.1:${api.port}`;
  await eventually('the tables', async () => ((await ask('/admin/audit')).status === 200 ? true : null), {
    withinMs: 60_000,
  });
}, 120_000);
beforeEach(() => model.forget());
afterAll(async () => {
  await stack.stop();
  await model.stop();
});

const ask = (path: string, wanted?: Request, base = stack.url()): Promise<Answer> =>
  send(base + path, wanted);
const post = (path: string, json: unknown = {}, base = stack.url()): Promise<Answer> =>
  ask(path, { json }, base);

type View = Record<string, unknown>;

/** A job that a backend refuses, with a model of its own unless it says another. */
async function letter(user: string, more: Record<string, unknown> = {}): Promise<View> {
  model.next(fault.status(400));
  const asked = { prompt: CANARY, model: `m-${performance.now()}`, ...more };
  const answer = await generate(stack.url(), asked, { 'x-user-id': user });
  const id = String(answer.headers.get('x-sluice-job-id'));
  return eventually(`the dead letter ${id}`, async () => {
    const { status, body } = await ask(`${LETTERS}/${id}`);
    return status === 200 && body['is_settled'] === true ? body : null;
  });
}

const list = async (query = ''): Promise<View[]> =>
  (await ask(`${LETTERS}${query}`)).body['dead_letters'] as View[];

const idsOf = (letters: readonly View[]): unknown[] => letters.map((each) => each['job_id']);

async function completed(id: unknown, user: string): Promise<View> {
  const { body } = await ask(`/jobs/${String(id)}?wait=10`, { headers: { 'x-user-id': user } });
  expect(body['status']).toBe('completed');
  return body;
}

const isGone = async (id: unknown): Promise<boolean> =>
  codeOf(await ask(`${LETTERS}/${String(id)}`)) === 'dead_letter_not_found';

describe('a job that failed', () => {
  it('is listed with what is known of it, found by every filter, and shown without its prompt', async () => {
    const first = await letter('ann');
    const second = await letter('ben', { mode: 'async' });
    expect(first).toMatchObject({
      pool: 'default',
      error_code: 'backend_refused',
      status: 'failed',
      client_id: 'user:ann',
      attempts: 1,
      deliveries: 1,
      replay_of: null,
      task: { endpoint: 'chat', max_tokens: 150, is_streamed: false, body_bytes: expect.any(Number) },
    });
    expect(idsOf(await list()).slice(0, 2)).toEqual([second['job_id'], first['job_id']]);
    for (const [field, value] of Object.entries({
      tenant: first['tenant'],
      model: first['model'],
      to: first['failed_at'],
    }))
      expect(idsOf(await list(`?${field}=${String(value)}`))).toEqual([first['job_id']]);
    expect(idsOf(await list(`?error_code=backend_refused&from=${String(second['failed_at'])}`))).toEqual([
      second['job_id'],
    ]);
    expect(await list('?error_code=job_lost')).toEqual([]);
    const page = await ask(`${LETTERS}?limit=1`);
    const cursor = String(page.body['next_cursor']);
    expect(idsOf(await list(`?limit=1&cursor=${cursor}`))).toEqual([first['job_id']]);
    expect(JSON.stringify([first, await list()])).not.toContain(CANARY);
  });

  it('shows what its caller wrote only where that is allowed', async () => {
    const { job_id } = await letter('ann');
    const path = `${LETTERS}/${String(job_id)}?prompt=true`;
    expect(codeOf(await ask(path))).toBe('invalid_value');
    expect(JSON.stringify((await ask(path, {}, allowed)).body['prompt'])).toContain(CANARY);
    const { body } = await ask(`${LETTERS}/${String(job_id)}`, {}, allowed);
    expect(JSON.stringify(body)).not.toContain(CANARY);
  });

  it('is still listed, with what its queue knows, when its record is gone, and can be replayed', async () => {
    const dead = await letter('gus');
    const look = stack.look();
    await look.del(`{sluice}:job:${String(dead['job_id'])}`);
    const [shown] = await list(`?tenant=${String(dead['tenant'])}`);
    expect(shown).toMatchObject({ job_id: dead['job_id'], status: null, client_id: null, attempts: null });
    expect(shown).toMatchObject({ error_code: 'backend_refused', model: dead['model'], deliveries: 1 });
    const replay = await post(`${LETTERS}/${String(dead['job_id'])}/replay`);
    await completed(replay.body['job_id'], 'gus');
    look.disconnect();
  });
});

describe('a replay', () => {
  it('runs the task again as a new job of the same caller, which it costs nothing', async () => {
    const terms = { mode: 'async', priority: 'low', metadata: { order: '7' }, timeout_ms: 60_000 };
    const dead = await letter('cleo', terms);
    const limits = () => ask('/rate-limits/user:cleo');
    const before = await limits();
    const answer = await post(`${LETTERS}/${String(dead['job_id'])}/replay`);
    expect(answer.status).toBe(202);
    const { job_id, replay_of, status_url } = answer.body;
    expect([replay_of, status_url]).toEqual([dead['job_id'], `/jobs/${String(job_id)}`]);
    const job = await completed(job_id, 'cleo');
    expect(job).toMatchObject({ priority: 'low', metadata: { order: '7' }, model: dead['model'] });
    expect(Number(job['deadline_at']) - Number(job['created_at'])).toBeCloseTo(60, 0);
    expect(model.calls.at(-1)?.body).toMatchObject({ messages: [{ role: 'user', content: CANARY }] });
    const remaining = ({ body }: Answer) => /"remaining":\d+/.exec(JSON.stringify(body))?.[0];
    expect(remaining(await limits())).toBe(remaining(before));
    expect(await isGone(dead['job_id'])).toBe(true);
  });

  it('asked for many times at once, and again later, makes one job', async () => {
    const { job_id } = await letter('dan');
    const path = `${LETTERS}/${String(job_id)}/replay`;
    const bases = [stack.url(), allowed];
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => post(path, {}, bases[at % 2])));
    answers.push(await post(path));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const [only, ...others] = new Set(answers.map(({ body }) => body['job_id']));
    expect(others).toEqual([]);
    await completed(only, 'dan');
    expect(model.calls).toHaveLength(2);
  });

  it('of one that is not settled yet is refused, and selects none', async () => {
    const dead = await letter('eve');
    const look = stack.look();
    // As it is while the sweeper has not looked yet.
    await look.zadd('{sluice}:unsettled', Date.now() + 600_000, String(dead['job_id']));
    const path = `${LETTERS}/${String(dead['job_id'])}`;
    const refused = await post(`${path}/replay`);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'dead_letter_not_replayable']);
    expect((await ask(path, { method: 'DELETE' })).status).toBe(409);
    const only = { model: dead['model'] };
    expect((await post(`${LETTERS}/replay`, only)).body).toEqual({ replayed: 0, skipped: 1, left: 0 });
    expect((await post(`${LETTERS}/purge`, only)).body).toEqual({ purged: 0, skipped: 1, left: 0 });
    await look.zrem('{sluice}:unsettled', String(dead['job_id']));
    look.disconnect();
    expect((await ask(path, { method: 'DELETE' })).status).toBe(200);
    expect(await isGone(dead['job_id'])).toBe(true);
  });

  it('of a selection takes what the filter says and nothing else, and is counted and audited', async () => {
    const wanted = [await letter('flo'), await letter('flo')];
    const other = await letter('ann');
    expect((await post(`${LETTERS}/replay`, {})).status).toBe(400);
    const answer = await post(`${LETTERS}/replay`, { tenant: wanted[0]?.['tenant'] });
    expect([answer.status, answer.body]).toEqual([202, { replayed: 2, skipped: 0, left: 0 }]);
    for (const { job_id } of wanted) expect(await isGone(job_id)).toBe(true);
    expect(await isGone(other['job_id'])).toBe(false);
    await eventually('two replays', async () => {
      const { body } = await ask('/jobs?status=completed', { headers: { 'x-user-id': 'flo' } });
      return (body['jobs'] as View[]).length === 2 ? true : null;
    });
    const metrics = String((await ask('/metrics')).body['text']);
    expect(metrics).toMatch(/sluice_dead_letters_replayed_total\{pool="default".*\} [1-9]/);
    expect(metrics).toMatch(/sluice_queue_jobs\{pool="default",state="failed".*\} [1-9]/);
    const audit = await ask('/admin/audit');
    expect(JSON.stringify(audit.body)).toContain('POST /admin/queues/:pool/dead-letters/replay');
  });
});

describe('the board', () => {
  const put = (path: string): Promise<Answer> => ask(`${BOARD}${path}`, { method: 'PUT' }, allowed);

  it('replays with its retry buttons, and removes', async () => {
    await post(`${LETTERS}/purge`, { all: true });
    const [one, two, three, four] = await Promise.all(
      ['hal', 'hal', 'hal', 'hal'].map((user) => letter(user)),
    );
    expect((await put(`/${String(one?.['job_id'])}/retry`)).status).toBe(204);
    expect((await put(`/${String(two?.['job_id'])}/clean`)).status).toBe(204);
    for (const each of [one, two]) expect(await isGone(each?.['job_id'])).toBe(true);
    expect((await put('/retry/failed')).body).toMatchObject({ retried: 2 });
    for (const each of [three, four]) expect(await isGone(each?.['job_id'])).toBe(true);
    const jobs = await eventually('three replays', async () => {
      const { body } = await ask('/jobs?status=completed', { headers: { 'x-user-id': 'hal' } });
      const found = body['jobs'] as View[];
      return found.length === 3 ? found : null;
    });
    expect(new Set(jobs.map((job) => job['model'])).size).toBe(3);
  });

  it('changes nothing where it is not switched on', async () => {
    const { job_id } = await letter('ida');
    const retry = await ask(`${BOARD}/${String(job_id)}/retry`, { method: 'PUT' });
    expect(retry.status).toBe(405);
    expect(await isGone(job_id)).toBe(false);
  });
});

describe('a pool’s queue', () => {
  it('is paused and resumed; purged, every job that waits is cancelled and its caller told', async () => {
    expect((await post('/admin/queues/default/pause')).body).toMatchObject({ is_paused: true });
    const headers = { 'x-user-id': 'joe' };
    const waits = await Promise.all(
      Array.from({ length: 5 }, () => generate(stack.url(), { prompt: 'x', mode: 'async' }, headers)),
    );
    const { body: view } = await ask('/admin/queues/default');
    expect(view).toMatchObject({ pool: 'default', is_paused: true, queued: 5, active: 0 });
    expect((await ask('/admin/queues')).body['queues']).toEqual([view]);
    const purged = await post('/admin/queues/default/purge');
    expect(purged.body).toEqual({ cancelled: 5, skipped: 0, left: 0 });
    for (const { body } of waits) {
      const job = await ask(`/jobs/${String(body['job_id'])}`, { headers });
      expect([job.status, job.body['status']]).toEqual([200, 'cancelled']);
    }
    expect((await post('/admin/queues/default/resume')).body).toMatchObject({ is_paused: false, queued: 0 });
    expect((await generate(stack.url(), { prompt: 'x' }, headers)).status).toBe(200);
    expect(codeOf(await post('/admin/queues/nowhere/purge'))).toBe('pool_not_found');
  });
});
