import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { bearer, createKey, type Key } from '../support/keys.js';
import { Stack } from '../support/stack.js';

const CONFIG = {
  tiers: { basic: { requests: { per_minute: 600, burst: 100 } }, premium: { share: 8 } },
  prices: { 'sim-*': { input_usd_per_million: 1_000, output_usd_per_million: 1_000 } },
};
const REVOKED_MS_MAX = 2_000;

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({
    apis: 2,
    isTelling: true,
    env: { AUTH_MODE: 'required' },
    config: CONFIG,
  });
}, 60_000);
afterAll(() => stack.stop());

const create = (wanted: Record<string, unknown> = {}): Promise<Key> => createKey(stack, wanted);
const ask = (key: string, json: Record<string, unknown> = {}, api = 0): Promise<Answer> =>
  generate(stack.url(api), { prompt: 'hello', max_tokens: 5, ...json }, bearer(key));
const revoke = (id: string): Promise<Answer> => send(`${stack.url()}/admin/keys/${id}`, { method: 'DELETE' });

const CLI_MS_MAX = 20_000;
async function cli(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const all = ['dist/scripts/keys.js', ...args, '--url', stack.url()];
  return promisify(execFile)(process.execPath, all, { timeout: CLI_MS_MAX });
}

describe('an API key', () => {
  it('lets its caller in at every replica, by bearer token or X-API-Key, with the limits of its tier', async () => {
    const { id, key } = await create({ tier: 'basic' });
    const answer = await ask(key);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-policy')).toContain('"requests";q=600;w=60');
    const other = await generate(stack.url(1), { prompt: 'hello' }, { 'x-api-key': key });
    expect(other.status).toBe(200);
    const row = await eventually('the row', () =>
      stack
        .rows('job_id = $1', [answer.body['job_id']])
        .then((rows) => (rows === null || rows.length === 0 ? null : rows[0])),
    );
    expect(row).toMatchObject({ client_id: `key:${id}` });
  });

  it('is the same caller whatever X-User-ID says, and tells its users apart in rows', async () => {
    const { id, key } = await create();
    const headers = { ...bearer(key), 'x-user-id': 'ada' };
    const answer = await generate(stack.url(), { prompt: 'hello', mode: 'async' }, headers);
    const jobUrl = `${stack.url()}/jobs/${String(answer.body['job_id'])}?wait=10`;
    expect((await send(jobUrl, { headers: bearer(key) })).status).toBe(200);
    const row = await eventually('the row', () =>
      stack
        .rows('job_id = $1', [answer.body['job_id']])
        .then((rows) => (rows === null || rows.length === 0 ? null : rows[0])),
    );
    expect(row).toMatchObject({ client_id: `key:${id}/ada` });
  });

  it('opens only what its scopes and models say', async () => {
    const { key } = await create({ scopes: ['jobs:read'], models: ['sim-fast'] });
    const generated = await ask(key);
    expect(generated.status).toBe(403);
    expect(codeOf(generated)).toBe('scope_not_allowed');
    expect((await send(`${stack.url()}/jobs`, { headers: bearer(key) })).status).toBe(200);
    const cancelled = await send(`${stack.url()}/jobs/any`, { method: 'DELETE', headers: bearer(key) });
    expect(codeOf(cancelled)).toBe('scope_not_allowed');
    const bound = await create({ models: ['sim-fast', 'gpt-4o*'] });
    expect((await ask(bound.key)).status).toBe(200);
    const foreign = await ask(bound.key, { model: 'sim-slow' });
    expect([foreign.status, codeOf(foreign)]).toEqual([403, 'model_not_allowed']);
  });

  it('ends by itself at expires_at', async () => {
    const { key } = await create({ expires_at: new Date(Date.now() + 1_500).toISOString() });
    expect((await ask(key)).status).toBe(200);
    await eventually('the key to end', async () => ((await ask(key)).status === 401 ? true : null));
  });

  it('spends no more than its budget of the day', async () => {
    const { key } = await create({ budget_usd_per_day: 0.5 });
    expect((await ask(key, { max_tokens: 200 })).status).toBe(200);
    const over = await ask(key, { max_tokens: 600 });
    expect([over.status, codeOf(over)]).toEqual([429, 'insufficient_quota']);
    expect(over.headers.get('x-should-retry')).toBe('false');
    expect((await ask(key, { max_tokens: 100 })).status).toBe(200);
  });

  it('stops working at every replica within 2 s of its revocation, and stays listed', async () => {
    const { id, key } = await create();
    for (const api of [0, 1]) expect((await ask(key, {}, api)).status).toBe(200);
    expect((await revoke(id)).status).toBe(200);
    await pause(REVOKED_MS_MAX);
    for (const api of [0, 1]) {
      const answer = await ask(key, {}, api);
      expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_api_key']);
    }
    expect((await revoke(id)).status).toBe(200);
    const { body } = await send(`${stack.url()}/admin/keys`);
    const listed = (body['keys'] as Record<string, unknown>[]).find((each) => each['id'] === id);
    expect(listed?.['revoked_at']).toEqual(expect.any(String));
    expect(JSON.stringify(body)).not.toContain('sk-sluice-');
  });

  it('goes on for a while after its rotation, then only the new one works', async () => {
    const { id, key } = await create();
    const rotate = async (grace_seconds: number): Promise<string> => {
      const made = await send(`${stack.url()}/admin/keys/${id}/rotate`, { json: { grace_seconds } });
      expect(made.status).toBe(201);
      return String(made.body['key']);
    };
    const second = await rotate(3_600);
    for (const each of [key, second]) expect((await ask(each)).status).toBe(200);
    const third = await rotate(0);
    await pause(REVOKED_MS_MAX);
    expect((await ask(third)).status).toBe(200);
    for (const each of [key, second]) expect((await ask(each)).status).toBe(401);
  });

  it('is refused with the same words whatever is wrong with it, and none is no service', async () => {
    const revoked = await create();
    await revoke(revoked.id);
    await pause(REVOKED_MS_MAX);
    const unknown =
      revoked.key.slice(0, -7) + (revoked.key.at(-7) === 'a' ? 'b' : 'a') + revoked.key.slice(-6);
    const wrong = [revoked.key, unknown, 'sk-sluice-short', 'sk-other', undefined];
    const answers = await Promise.all(
      wrong.map((key) => generate(stack.url(), { prompt: 'x' }, key === undefined ? {} : bearer(key))),
    );
    const said = answers.map(({ status, body }) => {
      const { request_id: _, ...error } = body['error'] as Record<string, unknown>;
      return JSON.stringify([status, error]);
    });
    expect(new Set(said).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(answers[0]?.headers.get('www-authenticate')).toContain('Bearer');
    // Without a token, whoever comes straight from this machine is an administrator.
    const fromAfar = { 'x-user-id': 'ada', 'x-forwarded-for': '203.0.113.9' };
    for (const path of ['/jobs', '/jobs/job_x', '/rate-limits/user:ada'])
      expect((await send(`${stack.url()}${path}`, { headers: fromAfar })).status).toBe(401);
  });
});

describe('npm run keys', () => {
  it('makes, lists, rotates and revokes keys', async () => {
    const { stdout: created } = await cli('create', '--tier', 'premium', '--name', 'web');
    const [, key = ''] = /(sk-sluice-\w+)/.exec(created) ?? [];
    expect((await ask(key)).status).toBe(200);
    const { stdout: listed } = await cli('list');
    const [, id = ''] = /^(\w{12})\s+web\s+premium .*works$/m.exec(listed) ?? [];
    expect((await cli('rotate', id, '--grace', '0')).stdout).toMatch(/sk-sluice-\w{38}/);
    expect((await cli('revoke', id)).stdout).toContain('is revoked');
  });

  it('says what is wrong, and how it is used', async () => {
    await expect(cli('create', '--name', 'web', '--tier', 'gold')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no tier "gold"'),
    });
    await expect(cli('revoke')).rejects.toMatchObject({ stderr: expect.stringContaining('Usage:') });
    await expect(cli('revoke', 'nosuchkey000')).rejects.toMatchObject({
      stderr: expect.stringContaining('no such API key'),
    });
  });
});

describe('keys and what callers write', () => {
  it('are in no log and no name in Redis', async () => {
    const canary = 'canary-7f3a';
    const { key } = await create({ name: canary, tenant: canary });
    const headers = { ...bearer(key), 'x-user-id': canary, 'idempotency-key': canary };
    const answer = await generate(stack.url(), { prompt: canary, user_id: canary }, headers);
    expect(answer.status).toBe(200);
    await generate(stack.url(), { prompt: canary }, bearer('sk-sluice-canary-7f3a'));
    await generate(stack.url(), { prompt: canary }, { 'x-api-key': 'canary-7f3a' });
    const redis = stack.look();
    const names = await redis.keys('*');
    redis.disconnect();
    expect(names.length).toBeGreaterThan(10);
    const seen = names.join('\n') + stack.logs();
    for (const secret of [canary, key, key.slice('sk-sluice-'.length)]) expect(seen).not.toContain(secret);
  });
});
