import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { configFile } from '#common/config/config-file.js';
import { Shutdown } from '#common/lifecycle/shutdown.js';
import { createLogger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import { openPoolQueues } from '#common/queue/open-pool-queues.js';
import { keys } from '#common/redis/keys.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { type Answer, codeOf, type Request, send } from '../../../../test/support/client.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { scalingReportOf } from '../../../../test/support/scaling-report.js';
import { closeConnections, openConnections, type ScalerConnections } from '../connections.js';
import { loadScalerConfig, type ScalerConfig } from '../scaler.config.js';
import { createApp } from './create-app.js';
import { ScalerHealth } from './scaler-health.js';

const TOKEN = 'a-token-of-alertmanager';
const logger = createLogger({ level: 'silent', app: 'scaler', instance: 's', isPretty: false });
const { pools } = configFile.parse({ pools: { default: { models: ['*'] }, large: { models: ['l'] } } });
const scalings = new Map(Object.entries(pools).map(([pool, { scaling }]) => [pool, scaling]));

let server: OwnRedis;
let connections: ScalerConnections;
let redis: Redis;
let isStuck = false;
const apps: NestFastifyApplication[] = [];
let url: string;
let openUrl: string;

beforeAll(async () => {
  server = await startOwnRedis();
  const shutdown = new Shutdown();
  connections = openConnections(server.redis.url, 'scaler-test', { logger, shutdown });
  redis = connections.answers;
  await eventually('the connection', () => (redis.status === 'ready' ? true : null));
  const queues = openPoolQueues(['default'], connections.commands, () => undefined);
  const metrics = new Metrics({ app: 'scaler' });
  metrics.gauge('sluice_scaler_leader').set(0);
  const open = async (hookToken: string | null): Promise<string> => {
    const config: ScalerConfig = { ...loadScalerConfig({}), pools: scalings, hookToken };
    const context = { scalerId: 's', config, logger, metrics, shutdown, connections, queues };
    const state = { id: 's', role: 'follower', mode: 'full', driver: 'process', pools: ['default'] } as const;
    const health = new ScalerHealth({ redis, shutdown, describe: () => state, isStuck: () => isStuck });
    const app = await createApp(context, health);
    await app.listen(0, '127.0.0.1');
    apps.push(app);
    return app.getUrl();
  };
  [url, openUrl] = [await open(TOKEN), await open(null)];
});
afterEach(() => redis.flushall());
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  closeConnections(connections);
  await server.end();
});

const now = () => readRedisTime(redis);
const report = async (agoMs: number, pool = 'default'): Promise<void> => {
  const text = JSON.stringify(scalingReportOf({ pool, at_ms: (await now()) - agoMs }));
  await redis.set(keys.scalerReport(pool), text);
};

describe('health of a scaler', () => {
  it('is answered in its three forms, with metrics beside it', async () => {
    for (const path of ['/health', '/health/liveness', '/health/readiness']) {
      expect((await send(`${url}${path}`)).status).toBe(200);
    }
    expect((await send(`${url}/health`)).body['scaler']).toMatchObject({ role: 'follower' });
    expect((await send(`${url}/metrics`)).body['text']).toContain('sluice_scaler_leader{app="scaler"} 0');
  });

  it('fails for one that would work again after a restart', async () => {
    isStuck = true;
    const [summary, liveness] = [await send(`${url}/health`), await send(`${url}/health/liveness`)];
    isStuck = false;
    expect([summary.status, liveness.status]).toEqual([503, 503]);
  });
});

describe('GET /scaler/{pool}', () => {
  it('is the number that KEDA reads, while it is fresh', async () => {
    await report(1_000);
    expect((await send(`${url}/scaler/default`)).body).toEqual({ desired: 4 });
  });

  it('is an error while no scaler decides, so that KEDA’s fallback acts', async () => {
    expect(codeOf(await send(`${url}/scaler/default`))).toBe('scaling_unknown');
    await report(31_000);
    const { status, headers, body } = await send(`${url}/scaler/default`);
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body).toMatchObject({ type: 'urn:sluice:error:scaling_unknown', status: 503 });
    await redis.set(keys.scalerReport('default'), '{"pool":"default","desired":9}');
    expect((await send(`${url}/scaler/default`)).status).toBe(503);
  });

  it.each(['gold', '__proto__', 'gold/explain', '%00/explain'])('knows no pool %s', async (pool) => {
    expect(codeOf(await send(`${url}/scaler/${pool}`))).toBe('pool_not_found');
  });
});

describe('GET /scaler/{pool}/explain', () => {
  it('is the last decision with its sentences, the orders in force and what leaves', async () => {
    await report(2_000);
    await redis.hset(keys.scalerDrains('default'), { 'default-9': '{"since_ms":1}', 'default-8': 'x' });
    const until_ms = (await now()) + 60_000;
    const order = {
      id: 'admin',
      kind: 'floor',
      workers: 3,
      until_ms,
      source: 'admin',
      because: 'b',
    } as const;
    await new ScalingOrders(redis).put('default', order);
    const { body } = await send(`${url}/scaler/default/explain`);
    expect(body).toMatchObject({
      pool: 'default',
      is_stale: false,
      summary: 'Wants 4 workers and has 2 (up). The pool has at most 4 workers.',
      decision: { desired: 4, reasons: [{ code: 'steady', sentence: expect.any(String) }, {}, {}] },
      drains: { 'default-9': { since_ms: 1 }, 'default-8': 'x' },
      orders: [order],
      trace: { reading: {} },
    });
  });

  it('is text for a terminal where text is asked for', async () => {
    await report(60_000);
    const { body, headers } = await send(`${url}/scaler/default/explain`, {
      headers: { accept: 'text/plain' },
    });
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(body['text']).toContain('Pool default. Wants 4 workers and has 2 (up).');
    expect(body['text']).toContain('no scaler has decided for more than 30 s');
  });
});

const alert = (labels: Record<string, string>, more: Record<string, unknown> = {}) => ({
  status: 'firing',
  labels: { alertname: 'Launch', ...labels },
  annotations: { summary: 'a launch' },
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  fingerprint: 'c0ffee0123456789',
  ...more,
});
const payload = (...alerts: unknown[]) => ({ version: '4', status: 'firing', receiver: 'sluice', alerts });
const hook = (request: Request, base = url, token: string | null = TOKEN): Promise<Answer> =>
  send(`${base}/hooks/alertmanager`, {
    ...request,
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers,
    },
  });
const inForce = async (pool = 'default') => new ScalingOrders(redis).list(pool, await now());

describe('POST /hooks/alertmanager', () => {
  const floor = alert({ sluice_order: 'floor', sluice_workers: '3', sluice_minutes: '30' });

  it('makes one order of an alert however often it fires, and takes it back when it is resolved', async () => {
    const { status, body } = await hook({ json: payload(floor, floor) });
    const said = { did: 'ordered', pool: 'default', workers: 3, because: null };
    expect([status, body]).toMatchObject([200, { alerts: [said, said] }]);
    await hook({ json: payload(floor) });
    const orders = await inForce();
    expect(orders).toMatchObject([{ id: floor.fingerprint, kind: 'floor', workers: 3, source: 'alert' }]);
    expect(orders[0]?.until_ms).toBeGreaterThan((await now()) + 29 * 60_000);
    const resolved = await hook({ json: payload({ ...floor, status: 'resolved' }) });
    expect(resolved.body).toMatchObject({ alerts: [{ did: 'taken_back' }] });
    expect(await inForce()).toEqual([]);
    const again = await hook({ json: payload({ ...floor, status: 'resolved' }) });
    expect(again.body).toMatchObject({ alerts: [{ did: 'nothing' }] });
  });

  it('says of each alert that asks for nothing why', async () => {
    const json = payload(alert({}), alert({ sluice_order: 'floor', sluice_pool: 'gold' }), floor);
    expect((await hook({ json })).body).toMatchObject({
      alerts: [
        { did: 'nothing', because: 'it has no label sluice_order' },
        { did: 'nothing', because: 'there is no such pool' },
        { did: 'ordered' },
      ],
    });
    expect(await inForce()).toHaveLength(1);
  });

  it('is closed to whoever does not show the token, before it reads the body', async () => {
    for (const token of [null, 'wrong', `${TOKEN}x`]) {
      const { status, headers } = await hook({ raw: '{' }, url, token);
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Sluice scaler"']);
    }
    const detour = await send(`${url}/%68ooks/alertmanager`, { json: payload(floor) });
    expect(codeOf(detour)).toBe('hook_token_required');
    expect(await inForce()).toEqual([]);
  });

  it('without a token is for this machine alone, and for no page in a browser', async () => {
    expect((await hook({ json: payload(floor) }, openUrl, null)).status).toBe(200);
    for (const header of ['x-forwarded-for', 'forwarded', 'origin']) {
      const foreign = { json: payload(floor), headers: { [header]: 'http://example.org' } };
      expect(codeOf(await hook(foreign, openUrl, null))).toBe('hook_token_required');
    }
  });

  it('takes at most 256 KiB', async () => {
    const long = alert({ note: 'x'.repeat(256 * 1_024) });
    const answer = await hook({ json: payload(long) });
    expect([answer.status, codeOf(answer)]).toEqual([413, 'body_too_large']);
    expect(JSON.stringify(answer.body)).toContain('256 KiB');
  });

  it.each([
    ['no JSON', '{"version":', 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['a list', '[]', 'invalid_value'],
    ['another version', JSON.stringify({ version: '3', alerts: [] }), 'invalid_value'],
    [
      'a fingerprint that is none',
      JSON.stringify(payload({ ...floor, fingerprint: 'admin' })),
      'invalid_value',
    ],
    ['a prototype', '{"version":"4","alerts":[],"__proto__":{"a":1}}', 'invalid_json'],
    ['deep nesting', `{"version":"4","alerts":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'invalid_value'],
  ])('refuses %s', async (_, raw, code) => {
    const answer = await hook({ raw });
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });

  it('never breaks, whatever stands in the body', async () => {
    const labels = fc.dictionary(
      fc.constantFrom('sluice_pool', 'sluice_order', 'sluice_workers', 'sluice_minutes', '__proto__'),
      fc.oneof(
        fc.string(),
        fc.constantFrom('default', 'floor', 'pause', '3', '-1', '99999999'),
        fc.integer(),
      ),
    );
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record({
          status: fc.constantFrom('firing', 'resolved', 'x'),
          labels,
          fingerprint: fc.constant('ab'),
        })
        .map((one) => JSON.stringify(payload(one))),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (raw) => {
        expect((await hook({ raw })).status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });
});

describe('while Redis is away', () => {
  it('every page answers, with 503, and liveness with 200', async () => {
    await server.redis.freeze();
    try {
      const statuses = await Promise.all(
        [
          '/scaler/default',
          '/scaler/default/explain',
          '/health',
          '/health/readiness',
          '/health/liveness',
        ].map(async (path) => (await send(`${url}${path}`)).status),
      );
      expect(statuses).toEqual([503, 503, 503, 503, 200]);
      const json = payload(alert({ sluice_order: 'pause' }));
      expect(codeOf(await hook({ json }))).toBe('dependency_unavailable');
    } finally {
      await server.redis.thaw();
    }
    await eventually('redis', () => (redis.status === 'ready' ? true : null));
  });
});
