import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Snapshot } from '../../apps/api/src/dashboard/snapshot.js';
import { type Answer, codeOf, generate, send } from '../support/client.js';
import { EventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const TOKEN = 'a-token-for-the-dashboard';
const PROMPT = 'a prompt that no page shows';

const CONFIG = {
  pools: { default: { models: ['*'] } },
  tiers: { anonymous: { requests: { per_minute: 600 }, concurrent: { max: 50 } } },
  backends: [
    { id: 'simulator', kind: 'simulator', models: ['sim-*'] },
    // Nobody listens there.
    { id: 'away', kind: 'openai', url: 'http://127.0.0.1:9/v1', models: ['away'] },
  ],
};

let stack: Stack;
let guarded: string;
let look: Redis;
const views: EventStream[] = [];

beforeAll(async () => {
  stack = await Stack.start({ workers: 2, config: CONFIG });
  const process = await stack.startApi({ ADMIN_TOKEN: TOKEN });
  guarded = `http://127.0.0.1:${process.port}`;
  look = stack.look();
}, 60_000);
afterEach(() => {
  for (const view of views.splice(0)) view.hangUp();
});
afterAll(async () => {
  look.disconnect();
  await stack.stop();
});

async function watch(): Promise<EventStream> {
  const view = await EventStream.open(`${stack.url()}/dashboard/events`);
  views.push(view);
  return view;
}

/** The first snapshot of a view that is as wanted. */
const snapshotOf = (view: EventStream, is: (snapshot: Snapshot) => boolean = () => true): Promise<Snapshot> =>
  eventually(
    'a snapshot',
    () => {
      const found = view.of('snapshot').map(({ data }) => data as unknown as Snapshot);
      return found.findLast(is) ?? null;
    },
    { withinMs: 20_000 },
  );

const assetsIn = (page: Answer): string[] =>
  [...String(page.body['text']).matchAll(/(?:href|src)="(\/dashboard\/assets\/[^"]+)"/g)].map(
    ([, path = '']) => path,
  );

describe('the page', () => {
  it('runs and loads nothing but its own files, which browsers may keep for ever', async () => {
    const page = await send(`${stack.url()}/dashboard`);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ])
      expect(policy.split('; ')).toContain(part);
    expect(policy).not.toContain('unsafe');
    expect(String(page.body['text'])).not.toMatch(/<script>|<style|\son[a-z]+=|\sstyle=|{{/);
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
    const assets = assetsIn(page);
    expect(assets.length).toBeGreaterThanOrEqual(4);
    for (const path of assets) {
      const { status, headers } = await send(`${stack.url()}${path}`);
      expect([path, status, headers.get('cache-control')]).toEqual([
        path,
        200,
        'public, max-age=31536000, immutable',
      ]);
    }
  });

  it('serves no other file beside them', async () => {
    const [style = ''] = assetsIn(await send(`${stack.url()}/dashboard`)).filter((path) =>
      path.endsWith('.css'),
    );
    const folder = style.slice(0, style.lastIndexOf('/'));
    for (const path of ['dashboard.html', 'tsconfig.json', '../viewers.js', '..%2fviewers.js', 'no-such.js'])
      expect([path, (await send(`${stack.url()}${folder}/${path}`)).status]).toEqual([path, 404]);
  });
});

describe('strangers', () => {
  it('see neither the page nor its files nor its events', async () => {
    const [asset = ''] = assetsIn(await send(`${stack.url()}/dashboard`));
    for (const path of ['/dashboard', '/dashboard/events', asset]) {
      const answer = await send(`${guarded}${path}`);
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 401, 'admin_required']);
      const forwarded = { 'x-forwarded-for': '203.0.113.9' };
      expect((await send(`${stack.url()}${path}`, { headers: forwarded })).status).toBe(401);
    }
    const headers = { accept: 'text/html' };
    const led = await send(`${guarded}/dashboard`, { headers, redirect: 'manual' });
    expect([led.status, led.headers.get('location')]).toEqual([303, '/admin/login?next=%2Fdashboard']);
  });

  it('from other pages take no place of those who look', async () => {
    for (const headers of [{ origin: 'http://attacker.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const answer = await send(`${stack.url()}/dashboard/events`, { headers });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'origin_refused']);
    }
  });
});

describe('a session', () => {
  it('opens the page as it opens the board, and is sent to no other route', async () => {
    const signed = await send(`${guarded}/admin/session`, { json: { token: TOKEN } });
    const cookies = signed.headers.getSetCookie();
    expect(cookies.map((cookie) => /Path=([^;]+)/.exec(cookie)?.[1])).toEqual(['/admin', '/dashboard']);
    const cookie = cookies[0]?.split(';')[0] ?? '';
    expect((await send(`${guarded}/dashboard`, { headers: { cookie } })).status).toBe(200);
    expect(
      (
        await send(`${guarded}/admin/login?next=/dashboard`, { headers: { cookie }, redirect: 'manual' })
      ).headers.get('location'),
    ).toBe('/dashboard');
  });
});

describe('a snapshot', () => {
  it('tells of traffic, pools, workers, backends, tenants and failures, and of no prompt', async () => {
    const headers = { 'x-user-id': 'ada' };
    const ask = (model: string) =>
      generate(stack.url(), { prompt: PROMPT, model, timeout_ms: 8_000 }, headers);
    await Promise.all([...Array.from({ length: 20 }, () => ask('sim-instant')), ask('away')]);
    const view = await watch();
    const isWhole = ({ failures, tenants, workers }: Snapshot): boolean =>
      failures.length > 0 && tenants.length > 0 && workers.length === 2;
    const snapshot = await snapshotOf(view, isWhole);
    const { traffic, pace, pools, workers, backends, tenants, failures, models } = snapshot;
    expect(traffic).toHaveLength(30);
    expect(traffic.reduce((sum, { completed }) => sum + completed, 0)).toBeGreaterThan(0);
    expect(pace).toMatchObject({ error_rate: expect.any(Number), p95: expect.any(Number) });
    expect(pools).toMatchObject([{ pool: 'default', queued: 0, workers: 2, is_paused: false }]);
    expect(workers.map(({ state }) => state)).toEqual(['ready', 'ready']);
    const simulator = backends.find(({ id }) => id === 'simulator');
    expect(simulator).toMatchObject({ circuit: 'closed', workers: 2, share: expect.any(Number) });
    expect(simulator?.share).toBeGreaterThan(0.5);
    expect(tenants).toMatchObject([{ client_id: 'user:ada', tier: 'anonymous' }]);
    expect(tenants[0]?.limits.map(({ rule, limit }) => [rule, limit])).toEqual([
      ['requests', 600],
      ['concurrent', 50],
    ]);
    expect(failures).toMatchObject([{ code: expect.stringContaining('backend'), model: 'away' }]);
    expect(models).toContain('sim-fast');
    expect(JSON.stringify(snapshot)).not.toContain(PROMPT);
  });

  it('tells how long the oldest job has waited, and that a pool is paused', async () => {
    const meta = '{sluice}:generate-default:meta';
    await look.hset(meta, 'paused', '1');
    try {
      await generate(stack.url(), { prompt: PROMPT, model: 'sim-instant', mode: 'async' });
      const snapshot = await snapshotOf(
        await watch(),
        ({ pools }) => (pools[0]?.oldest_wait_ms ?? 0) > 1_000,
      );
      expect(snapshot.pools).toMatchObject([{ is_paused: true, queued: 1 }]);
    } finally {
      await look.hdel(meta, 'paused');
    }
  });
});

/** All commands that Redis runs until `isOver`. */
async function commandsUntil(what: string, isOver: (commands: string[][]) => boolean): Promise<string[][]> {
  const monitor = await look.monitor();
  const commands: string[][] = [];
  monitor.on('monitor', (_time: string, words: string[]) => {
    commands.push(words);
  });
  await eventually(what, () => (isOver(commands) ? true : null), { withinMs: 20_000 });
  monitor.disconnect();
  return commands;
}

/** Nobody else reads the stream of settlements backwards. */
const samples = (commands: readonly string[][]): number =>
  commands.filter(([name, key]) => name?.toLowerCase() === 'xrevrange' && key === '{sluice}:events').length;

describe('what it costs', () => {
  it('is one snapshot each second, however many look, and nothing while nobody does', async () => {
    const first = await watch();
    await Promise.all(Array.from({ length: 19 }, watch));
    const seen = first.of('snapshot').length;
    const looked = await commandsUntil('five snapshots', () => first.of('snapshot').length >= seen + 5);
    expect(samples(looked)).toBeGreaterThanOrEqual(4);
    expect(samples(looked)).toBeLessThanOrEqual(7);
    for (const view of views.splice(0)) view.hangUp();
    const isBeat = ([name, key]: string[]): boolean =>
      name?.toLowerCase() === 'zadd' && key === '{sluice}:workers';
    const after = await commandsUntil('two beats of each worker', (all) => all.filter(isBeat).length >= 4);
    // One may have been under way.
    expect(samples(after)).toBeLessThanOrEqual(1);
  });

  it('is bounded: the fifty-first page is refused, and told to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, watch));
    expect(answers.map(({ response }) => response.status)).toEqual(Array.from({ length: 50 }, () => 200));
    const refused = await send(`${stack.url()}/dashboard/events`);
    expect([refused.status, codeOf(refused), refused.headers.get('retry-after')]).toEqual([
      503,
      'dashboard_full',
      '1',
    ]);
  });
});

describe('a process that stops', () => {
  it('lets its pages go at once', async () => {
    const api = await stack.startApi();
    const view = await EventStream.open(`http://127.0.0.1:${api.port}/dashboard/events`);
    views.push(view);
    await snapshotOf(view);
    const began = performance.now();
    await api.stop(30_000);
    await view.ended.catch(() => undefined);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
