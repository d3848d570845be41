import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { bearer, createKey, type Key } from '../support/keys.js';
import { Stack } from '../support/stack.js';

const CONFIG = {
  tiers: {
    anonymous: { requests: { per_minute: 60, burst: 5 }, tokens: { per_minute: 60_000 } },
    basic: { requests: { per_minute: 60, burst: 10 } },
    premium: { share: 8, requests: { per_minute: 6_000, burst: 1_000 }, concurrent: { max: 100 } },
    // One request at once, and another one each three seconds.
    slow: { requests: { per_minute: 20, burst: 1 } },
    poor: { budget: { usd_per_day: 0.000_001 } },
    shadowed: { requests: { per_minute: 1, burst: 1, shadow: true }, concurrent: { max: 10 } },
  },
  prices: { 'sim-instant': { input_usd_per_million: 1, output_usd_per_million: 1 } },
};

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ apis: 2, isTelling: true, config: CONFIG });
}, 60_000);
afterAll(() => stack.stop());

const ask = (headers: Record<string, string>, api = 0): Promise<Answer> =>
  generate(stack.url(api), { prompt: 'x', model: 'sim-instant', max_tokens: 10 }, headers);
const times = <T>(count: number, each: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => each(at)));
const countOf = (answers: readonly Answer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

describe('the headers of an answer', () => {
  it('say what is left, on answers with a job, on refusals and on job routes', async () => {
    const user = { 'x-user-id': 'headers' };
    const first = await ask(user);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe(
      '"requests";q=60;w=60, "tokens";q=60000;w=60;qu="tokens"',
    );
    expect(first.headers.get('ratelimit')).toMatch(/^"requests";r=4;t=1, "tokens";r=599\d\d;t=1$/);
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('60');
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('4');
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+ms|1s)$/);
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('60000');
    const refused = (await times(10, (at) => ask(user, at % 2))).find(({ status }) => status === 429);
    expect(refused?.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(refused?.headers.get('ratelimit')).toContain('"requests";r=0;');
    const retryMs = Number(refused?.headers.get('retry-after-ms'));
    expect(retryMs).toBeGreaterThan(0);
    expect(refused?.headers.get('retry-after')).toBe(String(Math.ceil(retryMs / 1_000)));
    expect(refused?.body['error']).toMatchObject({ code: 'rate_limit_exceeded' });
    expect(JSON.stringify(refused?.body)).toContain('Rule requests:');
    const jobs = await send(`${stack.url()}/jobs`, { headers: user });
    expect(jobs.headers.get('ratelimit')).toContain('"requests";r=');
  });

  it('say that waiting is of no use where it takes longer than a minute', async () => {
    const { key } = await createKey(stack, { tier: 'poor' });
    const refused = await ask(bearer(key));
    expect([refused.status, codeOf(refused)]).toEqual([429, 'insufficient_quota']);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('under the same load', () => {
  it('basic is held to its rate and premium does not notice', async () => {
    const [basic, premium] = [
      await createKey(stack, { tier: 'basic' }),
      await createKey(stack, { tier: 'premium' }),
    ];
    const send50 = ({ key }: Key) => times(50, (at) => ask(bearer(key), at % 2));
    const [ofBasic, ofPremium] = await Promise.all([send50(basic), send50(premium)]);
    expect(countOf(ofPremium, 200)).toBe(50);
    // Ten at once, and one more for each second that the fifty took.
    expect(countOf(ofBasic, 200)).toBeGreaterThanOrEqual(10);
    expect(countOf(ofBasic, 429)).toBe(50 - countOf(ofBasic, 200));
    expect(countOf(ofBasic, 429)).toBeGreaterThan(20);
  });

  it('a rule in shadow refuses nobody and is counted', async () => {
    const { key } = await createKey(stack, { tier: 'shadowed' });
    const answers = [await ask(bearer(key)), await ask(bearer(key)), await ask(bearer(key))];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"concurrent";q=10;qu="concurrent-requests"');
    const { body } = await send(`${stack.url()}/metrics`);
    expect(body['text']).toMatch(/sluice_rate_limit_shadow_hits_total\{rule="requests".*\} 2\n/);
  });

  it('the default tier lets the original load test through untouched', async () => {
    const open = await Stack.start({ workers: 2, config: {} });
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [
          'dist/scripts/loadtest.js',
          '--users',
          '5',
          '--requests',
          '10',
          '--delay',
          '0.5',
          '--url',
          open.url(),
        ],
        { timeout: 60_000 },
      );
      expect(stdout).toContain('50');
      expect((await send(`${open.url()}/metrics`)).body['text']).not.toMatch(
        /^llm_rate_limit_hits_total\{.*\} [1-9]/m,
      );
    } finally {
      await open.stop();
    }
  }, 90_000);
});

describe('the official client', () => {
  const clientOf = ({ key }: Key, maxRetries: number) =>
    new OpenAI({ baseURL: stack.url(), apiKey: key, maxRetries });
  const BODY = { model: 'sim-instant', prompt: 'x', max_tokens: 10 };

  it('waits as retry-after-ms says, and its one retry succeeds', async () => {
    const client = clientOf(await createKey(stack, { tier: 'slow' }), 1);
    await client.post('/generate', { body: BODY });
    // Its own wait would be half a second; three are needed.
    await expect(client.post('/generate', { body: BODY })).resolves.toMatchObject({
      response: expect.any(String),
    });
  });

  it('does not try again what will not help', async () => {
    const key = await createKey(stack, { tier: 'poor' });
    const refusals = async () => {
      const { body } = await send(`${stack.url()}/metrics`);
      return Number(
        /sluice_admissions_total\{pool="default",decision="budget".*\} (\d+)\n/.exec(
          String(body['text']),
        )?.[1] ?? 0,
      );
    };
    const before = await refusals();
    await expect(clientOf(key, 3).post('/generate', { body: BODY })).rejects.toMatchObject({
      status: 429,
      code: 'insufficient_quota',
    });
    expect(await refusals()).toBe(before + 1);
  });
});

describe('X-Forwarded-For', () => {
  const from = (addresses: string) => ({ 'x-forwarded-for': addresses });

  it('is no way to another caller’s limits, nor to new ones, unless a trusted proxy sends it', async () => {
    const answers = await times(20, (at) => ask(from(`203.0.113.${at}`)));
    expect(countOf(answers, 429)).toBeGreaterThan(10);
  });

  it('names the caller behind a trusted proxy: the last address that no proxy of ours has, IPv6 by /64', async () => {
    const { port } = await stack.startApi({ TRUSTED_PROXIES: '127.0.0.1' });
    const through = (addresses: string) =>
      generate(`http://127.0.0.1:${port}`, { prompt: 'x', model: 'sim-instant' }, from(addresses));
    // What the caller itself had written stands on the left.
    const spoofed = await times(20, (at) => through(`203.0.113.${at}, 198.51.100.1`));
    expect(countOf(spoofed, 429)).toBeGreaterThan(10);
    expect((await through('198.51.100.2')).status).toBe(200);
    const network = await times(20, (at) => through(`2001:db8:0:1::${at}`));
    expect(countOf(network, 429)).toBeGreaterThan(10);
    expect((await through('2001:db8:0:2::1')).status).toBe(200);
  });
});

describe('GET /rate-limits/{identifier}', () => {
  const limitsOf = (identifier: string, headers = {}, api = 0) =>
    send(`${stack.url(api)}/rate-limits/${encodeURIComponent(identifier)}`, { headers });
  const requestsIn = ({ body }: Answer) =>
    (body['rules'] as Record<string, unknown>[]).find(({ rule }) => rule === 'requests');
  /** Not straight from this machine, so no administrator. */
  const afar = { 'x-forwarded-for': '203.0.113.9' };

  it('shows one’s own limits, those of others to administrators only', async () => {
    const { id, key } = await createKey(stack, { tier: 'basic' });
    await ask(bearer(key));
    const own = await limitsOf(`key:${id}`, { ...afar, ...bearer(key), 'x-user-id': 'ada' });
    expect(own).toMatchObject({ status: 200, body: { identifier: `key:${id}`, tier: 'basic' } });
    expect(requestsIn(own)).toMatchObject({ strategy: 'token_bucket', limit: 60, burst: 10, remaining: 9 });
    const others = await limitsOf(`key:${id}`, { ...afar, 'x-user-id': 'mallory' });
    expect([others.status, codeOf(others)]).toEqual([401, 'admin_required']);
    expect((await limitsOf('user:mallory', { ...afar, 'x-user-id': 'mallory' })).status).toBe(200);
    for (const [identifier, status] of [
      [`key:${id}`, 200],
      ['user:anybody', 200],
      ['ip:2001:db8::1', 200],
      ['ip:nonsense', 400],
      ['nobody', 400],
      ['key:nosuchkey000', 404],
    ] as const)
      expect([identifier, (await limitsOf(identifier)).status]).toEqual([identifier, status]);
  });

  it('is as before once an administrator has reset it, on every replica', async () => {
    const user = { 'x-user-id': 'reset' };
    await times(6, () => ask(user));
    expect((await ask(user)).status).toBe(429);
    expect(requestsIn(await limitsOf('user:reset'))).toMatchObject({ remaining: 0 });
    const path = '/admin/reset-rate-limit/user:reset';
    const reset = (query: string) => send(`${stack.url()}${path}${query}`, { method: 'POST' });
    expect((await reset('?rule_type=nonsense')).status).toBe(400);
    expect((await reset('?rule_type=tokens')).status).toBe(200);
    expect((await ask(user)).status).toBe(429);
    expect(await reset('?rule_type=requests')).toMatchObject({
      status: 200,
      body: { message: 'Rate limit reset for user:reset' },
    });
    expect(requestsIn(await limitsOf('user:reset', {}, 1))).toMatchObject({ remaining: 5, reset_seconds: 0 });
    expect((await ask(user, 1)).status).toBe(200);
  });
});
