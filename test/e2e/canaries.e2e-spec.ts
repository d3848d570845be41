import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { bearer } from '../support/keys.js';
import { answer } from '../support/openai-answers.js';
import type { Behaviour } from '../support/openai-behaviour.js';
import { fault } from '../support/openai-faults.js';
import { OpenAiServer } from '../support/openai-server.js';
import { Stack } from '../support/stack.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const PROMPT = 'canary-prompt-5d1f';
const COMPLETION = 'canary-completion-8c2e';
const UPSTREAM = 'sk-canary-upstream-a97b';
const ADMIN = 'canary-admin-token-41fe';

let model: OpenAiServer;
let receiver: WebhookReceiver;
let stack: Stack;
const completed = answer({ text: COMPLETION, pieces: ['canary-completion', '-8c2e'] });
/** By what they are; the key and the webhook's secret are made by the system. */
const canaries = new Map([
  ['prompt', PROMPT],
  ['completion', COMPLETION],
  ['upstream key', UPSTREAM],
  ['admin token', ADMIN],
]);
/** Errors that somebody was answered, but for the words of a backend, which belong to whoever asked it. */
const errors: string[] = [];

const admin = bearer(ADMIN);
const json = { 'content-type': 'application/json' };
const canaryOf = (name: string): string => canaries.get(name) ?? '';

/** Whichever canaries are in a text, but for those that belong there. */
const foundIn = (text: string, ...allowed: readonly string[]): string[] =>
  [...canaries]
    .filter(([name, canary]) => !allowed.includes(name) && text.includes(canary))
    .map(([name]) => name);

const texts = (body: Record<string, unknown>, headers: Headers): string =>
  JSON.stringify([body, [...headers.entries()]]);

async function refused(asked: Promise<Answer>): Promise<void> {
  const { status, body, headers } = await asked;
  expect(status).toBeGreaterThanOrEqual(400);
  errors.push(texts(body, headers));
}

async function made(
  path: string,
  body: object,
  headers: Record<string, string>,
): Promise<Record<string, unknown>> {
  return eventually(
    `${path} to take something`,
    async () => {
      const { status, body: said } = await send(`${stack.url()}${path}`, { json: body, headers });
      return status === 201 ? said : null;
    },
    { withinMs: 30_000 },
  );
}

beforeAll(async () => {
  [model, receiver] = await Promise.all([OpenAiServer.start(), WebhookReceiver.start()]);
  model.usual = completed;
  stack = await Stack.start({
    isTelling: true,
    env: {
      LOG_LEVEL: 'trace',
      OPENAI_API_KEY: UPSTREAM,
      OPENAI_BASE_URL: model.url,
      ADMIN_TOKEN: ADMIN,
      WEBHOOK_ALLOW_HOSTS: `127.0.0.1:${receiver.port}`,
    },
  });
  const key = await made('/admin/keys', { name: 'canaries' }, { ...json, ...admin });
  canaries.set('API key', String(key['key']));
  const endpoint = await made(
    '/webhooks/endpoints',
    { url: receiver.url() },
    { ...json, ...bearer(canaryOf('API key')) },
  );
  canaries.set('webhook secret', String(endpoint['secret']));
});
afterAll(async () => {
  await stack.stop();
  await Promise.all([model.stop(), receiver.stop()]);
});

/** A model of its own for each call, so that no circuit is in its way. */
let models = 0;
const asked = (more: Record<string, unknown> = {}) => ({ prompt: PROMPT, model: `gpt-${models++}`, ...more });
const native = (more: Record<string, unknown> = {}): Promise<Answer> =>
  generate(stack.url(), asked(more), bearer(canaryOf('API key')));
const wire = (more: Record<string, unknown> = {}): Promise<Answer> =>
  send(`${stack.url()}/v1/chat/completions`, {
    json: { model: `gpt-${models++}`, messages: [{ role: 'user', content: PROMPT }], ...more },
    headers: bearer(canaryOf('API key')),
  });

const sends =
  (text: string): Behaviour =>
  (response) => {
    response.writeHead(200, json).end(text);
  };

describe('five planted canaries', () => {
  it('come back to whoever they belong to, and to their webhook', async () => {
    expect(texts((await native()).body, new Headers())).toContain(COMPLETION);
    expect(texts((await wire()).body, new Headers())).toContain(COMPLETION);
    for (const stream of [await native({ stream: true }), await wire({ stream: true })])
      expect(stream.status).toBe(200);
    const { status, body } = await native({ mode: 'async' });
    expect(status).toBe(202);
    const job = `${stack.url()}/jobs/${String(body['job_id'])}?wait=10`;
    expect((await send(job, { headers: bearer(canaryOf('API key')) })).status).toBe(200);
    const told = await eventually(
      'a webhook with the completion',
      () => receiver.received.find(({ raw }) => raw.includes(COMPLETION)) ?? null,
      { withinMs: 15_000 },
    );
    expect(foundIn(told.raw.toString(), 'completion')).toEqual([]);
  });

  it.each<[string, Behaviour]>([
    ['fails and quotes the prompt', fault.status(500, {}, `no: ${PROMPT}`)],
    ['refuses and quotes prompt and completion', fault.status(400, {}, `no: ${PROMPT} ${COMPLETION}`)],
    ['refuses and quotes its key', fault.echoKeyInError(401)],
    ['answers a page', sends(`<html>${PROMPT} ${UPSTREAM}</html>`)],
    ['answers half a JSON text', sends(`{"choices":["${COMPLETION}`)],
    ['redirects to what was asked', fault.redirect(`/${PROMPT}/${UPSTREAM}`)],
    ['breaks off', fault.truncatedStream('cut', [COMPLETION])],
  ])('are in no error when a backend %s', async (_, behaviour) => {
    for (const each of [native, wire])
      for (const stream of [false, true]) {
        model.usual = behaviour;
        const { status, body, headers } = await each({ stream });
        const isQuoted = each === wire && status < 500;
        if (!stream && !isQuoted) errors.push(texts(body, headers));
        // On /v1 the backend's words are its caller's, but the key is nobody's.
        expect(
          foundIn(texts(body, headers), ...(stream || isQuoted ? ['prompt', 'completion'] : [])),
        ).toEqual([]);
      }
  });

  it('are in no error about what somebody sent', async () => {
    const key = canaryOf('API key');
    const bodies = [
      `{"prompt":"${PROMPT}`,
      `{"prompt":["${PROMPT}"]}`,
      `{"prompt":"x","max_tokens":"${PROMPT}"}`,
      `{"prompt":"${PROMPT}","timeout_ms":"${key}"}`,
      `{"prompt":"${PROMPT}","webhook_url":"http://10.0.0.1/${key}"}`,
      `\u0000${PROMPT}`,
      `${'['.repeat(40)}"${PROMPT}"${']'.repeat(40)}`,
    ];
    for (const raw of bodies)
      for (const path of ['/generate', '/v1/chat/completions'])
        await refused(send(`${stack.url()}${path}`, { raw, headers: { ...json, ...bearer(key) } }));
    const wrong = [
      { authorization: `Bearer ${key}x` },
      { 'x-api-key': `${key.slice(0, -1)}_` },
      { authorization: `Bearer sk-sluice-${PROMPT}` },
    ];
    for (const headers of wrong) await refused(send(`${stack.url()}/jobs`, { headers }));
    for (const headers of [bearer(`${ADMIN}x`), { cookie: `sluice_session=${ADMIN}` }])
      await refused(send(`${stack.url()}/admin/keys`, { headers }));
    await refused(send(`${stack.url()}/admin/session`, { json: { token: `${ADMIN}x` } }));
    for (const path of [
      `/jobs/${PROMPT}`,
      `/none/${PROMPT}?key=${key}`,
      `/jobs?cursor=${key}${PROMPT.repeat(5)}`,
    ])
      await refused(
        send(`${stack.url()}${path}`, { headers: { ...bearer(key), 'idempotency-key': PROMPT } }),
      );
    expect(errors.length).toBeGreaterThan(30);
    expect(errors.flatMap((text) => foundIn(text))).toEqual([]);
  });

  it('are in no metric, no status and nothing that administrators see', async () => {
    const { body } = await send(`${stack.url()}/docs/json`);
    const paths = Object.entries(body['paths'] as Record<string, Record<string, unknown>>)
      .filter(([path, methods]) => 'get' in methods && !path.includes('{'))
      .map(([path]) => path);
    expect(paths).toContain('/status');
    const board = ['active', 'failed', 'completed', 'waiting', 'delayed'].flatMap((status) =>
      ['generate-default', 'webhooks'].map(
        (queue) => `/admin/board/api/queues?activeQueue=${queue}&status=${status}`,
      ),
    );
    const found: string[] = [];
    for (const path of [...paths, ...board, '/admin/pools/default/explain']) {
      const seen = await send(`${stack.url()}${path}`, { headers: admin });
      found.push(...foundIn(texts(seen.body, seen.headers)).map((name) => `${name} in ${path}`));
    }
    for (const { port } of [...stack.workers, ...(stack.tell === null ? [] : [stack.tell])])
      for (const path of ['/metrics', '/health'])
        found.push(...foundIn(JSON.stringify((await send(`http://127.0.0.1:${port}${path}`)).body)));
    expect(found).toEqual([]);
  });

  it('are in no name of Redis and no name of a job', async () => {
    const look = stack.look();
    const names = await look.keys('*');
    const jobs = names.filter((name) => /:(?:generate-default|webhooks):[^:]+$/.test(name));
    const types = await Promise.all(jobs.map((name) => look.type(name)));
    const hashes = jobs.filter((_, at) => types[at] === 'hash');
    const called = await Promise.all(hashes.map((name) => look.hget(name, 'name')));
    look.disconnect();
    expect(called.length).toBeGreaterThan(0);
    expect(foundIn([...names, ...called].join('\n'))).toEqual([]);
  });

  it('are in no table, but for a webhook’s body and the secrets that sign it', async () => {
    await eventually(
      'every settlement to have its row',
      async () => (((await stack.rows())?.length ?? 0) >= 30 ? true : null),
      { withinMs: 30_000 },
    );
    const tables = (await stack.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)) ?? [];
    const found: string[] = [];
    for (const { tablename } of tables) {
      const table = String(tablename);
      const rows = await stack.query(`SELECT t::text AS row FROM "${table}" t`);
      const belongs = table.startsWith('webhook_') ? ['completion', 'webhook secret'] : [];
      found.push(...foundIn(JSON.stringify(rows), ...belongs).map((name) => `${name} in ${table}`));
    }
    expect(tables.length).toBeGreaterThan(5);
    expect(found).toEqual([]);
  });

  it('are in no log, at the level that says most', () => {
    const logs = stack.logs();
    expect(logs).toContain('"msg":"answered"');
    const found = logs.split('\n').filter((line) => foundIn(line).length > 0);
    expect(found.slice(0, 5)).toEqual([]);
  });
});
