import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ScalingReport } from '#common/contracts/scaling.js';
import { keys } from '#common/redis/keys.js';
import { ScalingOrders } from '#common/scaling/scaling-orders.js';
import { codeOf, send } from '../../../../test/support/client.js';
import { ScalerPages } from '../../../../test/support/scaler-pages.js';
import { scalingReportOf } from '../../../../test/support/scaling-report.js';
import { readDeployment } from '../deployment.js';

let pages: ScalerPages;
let url: string;

beforeAll(async () => {
  pages = await ScalerPages.start();
  url = await pages.open(null);
});
afterEach(() => pages.redis.flushall());
afterAll(() => pages.end());

const report = async (agoMs: number, changes: Partial<ScalingReport> = {}): Promise<void> => {
  const text = JSON.stringify(scalingReportOf({ at_ms: (await pages.now()) - agoMs, ...changes }));
  await pages.redis.set(keys.scalerReport('default'), text);
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
    pages.isStuck = true;
    const [summary, liveness] = [await send(`${url}/health`), await send(`${url}/health/liveness`)];
    pages.isStuck = false;
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
    await pages.redis.set(keys.scalerReport('default'), '{"pool":"default","desired":9}');
    expect((await send(`${url}/scaler/default`)).status).toBe(503);
  });

  it('is an error while the platform does not say which workers there are', async () => {
    await report(1_000, { instances: null });
    expect(codeOf(await send(`${url}/scaler/default`))).toBe('scaling_unknown');
    expect((await send(`${url}/scaler/default/explain`)).status).toBe(200);
  });

  it.each(['gold', '__proto__', 'gold/explain', '%00/explain'])('knows no pool %s', async (pool) => {
    expect(codeOf(await send(`${url}/scaler/${pool}`))).toBe('pool_not_found');
  });
});

describe('GET /scaler/{pool}/explain', () => {
  it('is the last decision with its sentences, the orders in force and what leaves', async () => {
    await report(2_000);
    await pages.redis.hset(keys.scalerDrains('default'), { 'default-9': '{"since_ms":1}', 'default-8': 'x' });
    const until_ms = (await pages.now()) + 60_000;
    const order = {
      id: 'admin',
      kind: 'floor',
      workers: 3,
      until_ms,
      source: 'admin',
      because: 'b',
    } as const;
    await new ScalingOrders(pages.redis).put('default', order);
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

describe('while Redis is away', () => {
  it('every page answers, with 503, and liveness with 200', async () => {
    await pages.server.redis.freeze();
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
    } finally {
      await pages.server.redis.thaw();
    }
    await pages.untilConnected();
  });
});

describe('the id of this Sluice', () => {
  it('is made once and known to every scaler', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => readDeployment(pages.redis)));
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f]{12}$/);
  });
});
