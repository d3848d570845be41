import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { BEARER, Guarded, TOKEN } from '../support/guarded.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let guarded: Guarded;

beforeAll(async () => {
  stack = await Stack.start({ isTelling: true });
  guarded = await Guarded.start(stack);
}, 60_000);
afterAll(() => stack.stop());

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly status: number | null;
  readonly detail: unknown;
  readonly request_id: string;
}
async function audited(requestId: string): Promise<Entry> {
  return eventually('the row', async () => {
    const { body } = await guarded.ask('/admin/audit', { headers: BEARER });
    const entries = body['entries'] as Entry[];
    return entries.find(({ request_id, status }) => request_id === requestId && status !== null) ?? null;
  });
}

describe('admin_audit', () => {
  it('has every admin write with who, what and how it ended, and no secret', async () => {
    const made = await guarded.ask('/admin/keys', {
      json: { name: 'audited', tier: 'basic' },
      headers: BEARER,
    });
    const idOf = (answer: Answer) => String(answer.headers.get('x-request-id'));
    expect(await audited(idOf(made))).toMatchObject({
      action: 'POST /admin/keys',
      actor: 'token',
      status: 201,
      detail: { body: { name: 'audited', tier: 'basic' } },
    });
    const id = String(made.body['id']);
    const cookie = await guarded.signIn();
    const revoked = await guarded.ask(`/admin/keys/${id}`, { method: 'DELETE', headers: { cookie } });
    expect(await audited(idOf(revoked))).toMatchObject({
      action: 'DELETE /admin/keys/:id',
      actor: 'session',
      status: 200,
      detail: { params: { id } },
    });
    const refused = await guarded.ask('/admin/keys', { json: { nonsense: 1 }, headers: BEARER });
    expect(await audited(idOf(refused))).toMatchObject({ status: 400 });
    const reset = await send(`${stack.url()}/admin/reset-rate-limit/user:ada?rule_type=requests`, {
      method: 'POST',
    });
    expect(reset).toMatchObject({ status: 200, body: { message: 'Rate limit reset for user:ada' } });
    expect(await audited(idOf(reset))).toMatchObject({
      actor: 'loopback',
      detail: { params: { identifier: 'user:ada' }, query: { rule_type: 'requests' } },
    });
    const paused = await guarded.ask('/admin/board/api/queues/generate-default/pause', {
      method: 'PUT',
      headers: BEARER,
    });
    expect(await audited(idOf(paused))).toMatchObject({ status: 405 });
    const all = await guarded.ask('/admin/audit?limit=500', { headers: BEARER });
    const text = JSON.stringify(all.body);
    for (const secret of [TOKEN, String(made.body['key']), cookie]) expect(text).not.toContain(secret);
  });

  it('stands before the write: with PostgreSQL away nothing is written, and signing in still works', async () => {
    await generate(stack.url(), { prompt: 'x', model: 'sim-instant' }, { 'x-user-id': 'eve' });
    await stack.postgres?.stop();
    try {
      const reset = await guarded.ask('/admin/reset-rate-limit/user:eve', {
        method: 'POST',
        headers: BEARER,
      });
      expect([reset.status, codeOf(reset)]).toEqual([503, 'dependency_unavailable']);
      const made = await guarded.ask('/admin/keys', { json: { name: 'unseen' }, headers: BEARER });
      expect(made.status).toBe(503);
      const cookie = await guarded.signIn();
      expect((await guarded.ask('/admin/board', { headers: { cookie } })).status).toBe(200);
    } finally {
      await stack.postgres?.restart();
    }
    const listed = await eventually('PostgreSQL', async () => {
      const { status, body } = await guarded.ask('/admin/keys', { headers: BEARER });
      return status === 200 ? JSON.stringify(body) : null;
    });
    expect(listed).not.toContain('unseen');
  });
});

describe('the board', () => {
  it('shows no prompt, and changes nothing unless it is switched on', async () => {
    const { body } = await generate(stack.url(), {
      prompt: 'CANARY-board',
      model: 'sim-hang',
      mode: 'async',
      user_id: 'CANARY-user',
    });
    const id = String(body['job_id']);
    const list = await send(
      `${stack.url()}/admin/board/api/queues?activeQueue=generate-default&status=active`,
    );
    const one = await send(`${stack.url()}/admin/board/api/queues/generate-default/${id}`);
    expect(JSON.stringify(one.body)).toContain(id);
    expect(JSON.stringify([list.body, one.body])).not.toContain('CANARY');
    const pause = await send(`${stack.url()}/admin/board/api/queues/generate-default/pause`, {
      method: 'PUT',
    });
    expect(pause.status).toBe(405);
    await send(`${stack.url()}/jobs/${id}`, { method: 'DELETE' });
  });
});
