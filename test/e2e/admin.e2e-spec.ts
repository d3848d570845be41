import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, codeOf, send } from '../support/client.js';
import { BEARER, cookieOf, Guarded, TOKEN } from '../support/guarded.js';
import { Stack } from '../support/stack.js';

/** As the router may be asked for them. */
const PATHS = [
  '/admin/board',
  '/admin/board/',
  '/admin/board/api/queues',
  '/admin/%62oard/api/queues',
  '//admin/board/api/queues',
  '/admin/board/static/favicon.svg',
  '/admin/keys',
  '/admin/keys/',
  '/admin/%6beys',
  '/%61dmin/keys',
  '/ADMIN/keys',
  '/jobs/../admin/keys',
  '/admin/audit',
  '/admin/audit?limit=1',
];

let stack: Stack;
let guarded: Guarded;

beforeAll(async () => {
  stack = await Stack.start({ isTelling: true });
  guarded = await Guarded.start(stack);
}, 60_000);
afterAll(() => stack.stop());

/** The status of a request with any Host header and any spelling of the path: fetch would correct both. */
function statusOf(
  path: string,
  headers: Record<string, string> = {},
  { port = guarded.port(), method = 'GET' } = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('without ADMIN_TOKEN', () => {
  it('admin routes answer on this machine', async () => {
    for (const path of ['/admin/board', '/admin/keys', '/admin/audit'])
      expect((await send(`${stack.url()}${path}`)).status).toBe(200);
    const { status, body } = await send(`${stack.url()}/admin/board/api/queues?activeQueue=generate-default`);
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain('generate-default');
    expect((await send(`${stack.url()}/admin/session`, { json: { token: 'x' } })).status).toBe(401);
  });

  it('and are closed to what came through a proxy, under a foreign name, or from a foreign page', async () => {
    const { port } = stack.apis[0] ?? { port: 0 };
    for (const path of PATHS) {
      for (const headers of [
        { 'x-forwarded-for': '203.0.113.9' },
        { 'x-forwarded-for': '127.0.0.1' },
        { forwarded: 'for=203.0.113.9' },
        { host: 'attacker.example' },
      ]) {
        expect([401, 404]).toContain(await statusOf(path, headers, { port }));
      }
    }
    for (const headers of [{ origin: 'http://attacker.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const json = { name: 'evil' };
      const answer = await send(`${stack.url()}/admin/keys`, { json, headers });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'origin_refused']);
    }
  });
});

describe('with ADMIN_TOKEN', () => {
  it('everything under /admin needs it, in every spelling and for every method', async () => {
    for (const path of PATHS) {
      for (const method of ['GET', 'POST', 'DELETE', 'PUT'])
        expect([401, 404, 405, 415]).toContain(await statusOf(path, {}, { method }));
      expect([401, 404]).toContain(await statusOf(path));
    }
    expect(await statusOf('/admin/reset-rate-limit/user:ada', {}, { method: 'POST' })).toBe(401);
    expect(await statusOf('/admin/keys/abcdefghijkl', {}, { method: 'DELETE' })).toBe(401);
    for (const path of ['/admin/board/api/queues', '/admin/keys', '/admin/audit'])
      expect(await statusOf(path, BEARER)).toBe(200);
    const basic = { authorization: `Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}` };
    expect(await statusOf('/admin/keys', basic)).toBe(401);
  });

  it('guessing it is limited per address, and keeps callers with keys out of nothing', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const guess = () =>
      guarded.ask('/admin/keys', { headers: { ...headers, authorization: 'Bearer wrong-token' } });
    const guesses: Answer[] = [];
    for (let turn = 0; turn < 35; turn += 1) guesses.push(await guess());
    const statuses = guesses.map(({ status }) => status);
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 401));
    expect(statuses.slice(-4)).toEqual([429, 429, 429, 429]);
    const last = guesses.at(-1);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    // The right one is not told apart from a wrong one either.
    expect((await guarded.ask('/admin/keys', { headers: { ...headers, ...BEARER } })).status).toBe(429);
    expect((await guarded.ask('/admin/keys', { headers: BEARER })).status).toBe(200);
    const made = await guarded.ask('/admin/keys', { json: { name: 'guessed' }, headers: BEARER });
    const key = { ...headers, authorization: `Bearer ${String(made.body['key'])}` };
    const answer = await guarded.ask('/generate', {
      json: { model: 'sim-instant', prompt: 'x' },
      headers: key,
    });
    expect(answer.status).toBe(200);
  });
});

describe('the session of a browser', () => {
  it('begins at the login page, to which a page without one leads, and goes back to that page', async () => {
    const page = await guarded.ask('/admin/board?x=1', {
      headers: { accept: 'text/html' },
      redirect: 'manual',
    });
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      '/admin/login?next=%2Fadmin%2Fboard%3Fx%3D1',
    ]);
    const login = await guarded.ask('/admin/login?next=%2Fadmin%2Fboard%3Fx%3D1');
    expect(login.status).toBe(200);
    expect(login.body['text']).toContain('name="next" value="/admin/board?x=1"');
    expect(login.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    const form = (token: string) =>
      guarded.ask('/admin/session', {
        raw: new URLSearchParams({ token, next: '/admin/board?x=1' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        method: 'POST',
        redirect: 'manual',
      });
    const wrong = await form('not-the-token');
    expect(wrong.status).toBe(401);
    expect(wrong.body['text']).toContain('The token is not right.');
    expect(wrong.headers.get('set-cookie')).toBeNull();
    const right = await form(TOKEN);
    expect([right.status, right.headers.get('location')]).toEqual([303, '/admin/board?x=1']);
    const cookie = right.headers.get('set-cookie') ?? '';
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/admin'])
      expect(cookie).toContain(attribute);
    const board = await guarded.ask('/admin/board', {
      headers: { cookie: cookieOf(right), accept: 'text/html' },
    });
    expect(board.status).toBe(200);
  });

  it('is known by every replica, is Secure behind TLS, and ends when the cookie is taken back', async () => {
    const cookie = await guarded.signIn();
    expect((await guarded.ask('/admin/keys', { headers: { cookie } }, 1)).status).toBe(200);
    const forged = `${cookie.slice(0, -2)}${cookie.endsWith('A') ? 'B' : 'A'}${cookie.slice(-1)}`;
    expect((await guarded.ask('/admin/keys', { headers: { cookie: forged } })).status).toBe(401);
    const out = await guarded.ask('/admin/session', { method: 'DELETE', headers: { cookie } });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    const secure = await guarded.ask('/admin/session', {
      json: { token: TOKEN },
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect(secure.headers.get('set-cookie')).toContain('; Secure');
  });

  it('writes from our own pages only', async () => {
    const cookie = await guarded.signIn();
    const json = { name: 'from a page' };
    const own = { cookie, origin: `http://127.0.0.1:${guarded.port()}`, 'sec-fetch-site': 'same-origin' };
    expect((await guarded.ask('/admin/keys', { json, headers: own })).status).toBe(201);
    for (const foreign of [
      { origin: 'http://attacker.example' },
      { origin: 'null' },
      { origin: `https://127.0.0.1:${guarded.port()}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await guarded.ask('/admin/keys', { json, headers: { cookie, ...foreign } });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'origin_refused']);
      const signing = await guarded.ask('/admin/session', { json: { token: TOKEN }, headers: foreign });
      expect(signing.status).toBe(403);
    }
    const scripted = { ...BEARER, origin: 'https://console.example' };
    expect((await guarded.ask('/admin/keys', { json, headers: scripted })).status).toBe(201);
  });
});
