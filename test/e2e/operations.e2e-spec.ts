import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { METRICS } from '#common/observability/metrics-catalogue.js';
import { generate, send } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import type { LocalProcess } from '../../scripts/local/process.js';
import { EVERYTHING, useEverything } from '../support/everything.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let scaler: LocalProcess;

beforeAll(async () => {
  stack = await Stack.start({ workers: 2, isTelling: true });
  scaler = await stack.startScaler({ SCALER_MODE: 'observe' });
  await Promise.all(
    Array.from({ length: 20 }, () => generate(stack.url(), { prompt: 'x', model: 'sim-instant' })),
  );
});
afterAll(() => stack.stop());

describe('health', () => {
  it('is answered by every process in its three forms', async () => {
    for (const port of [...stack.apis, ...stack.workers, stack.tell, scaler].map((each) => each?.port)) {
      for (const path of ['/health', '/health/liveness', '/health/readiness', '/metrics']) {
        expect((await send(`http://127.0.0.1:${port}${path}`)).status).toBe(200);
      }
    }
  });

  it('says that no worker would run a job when none does', async () => {
    const lonely = await Stack.start({ workers: 0 });
    const { status, body } = await send(`${lonely.url()}/health`);
    await lonely.stop();
    expect([status, body['status'], body['workers']]).toEqual([200, 'degraded', 0]);
  });
});

describe('GET /status', () => {
  it('sums up the last five minutes with the seed’s fields, the queues and the workers', async () => {
    const status = await eventually('the workers to be seen', async () => {
      const { body } = await send(`${stack.url()}/status`);
      return (body['workers'] as unknown[]).length === 3 && body['scaler'] !== null ? body : null;
    });
    expect(status).toMatchObject({
      timestamp: expect.any(String),
      performance_summary: {
        window_seconds: 300,
        completed: 20,
        failed: 0,
        error_rate: 0,
        latency_ms: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
      },
      backend_status: { backends: [{ id: 'simulator', kind: 'simulator', active: 0, workers: 2 }] },
      active_backends: 1,
      total_backends: 1,
      system_health: 'healthy',
      queues: [{ pool: 'default', queued: 0, active: 0, failed: 0, workers: 2 }],
      scaler: [{ pool: 'default', current: 2, mode: 'observe', driver: 'process', is_stale: false }],
    });
  });
});

const metricsOf = async (port: number | undefined): Promise<string> =>
  String((await send(`http://127.0.0.1:${port}/metrics`)).body['text']);

describe('GET /metrics', () => {
  it('emits every metric of the catalogue somewhere, and none outside it', async () => {
    const small = await Stack.start({ isTelling: true, config: EVERYTHING });
    try {
      await useEverything(small);
      const areRowsThere = async () => ((await small.rows("pool = 'idle'"))?.length === 2 ? true : null);
      await eventually('the sweep and its rows', areRowsThere, { withinMs: 20_000 });
      await eventually('a health check', async () =>
        (await metricsOf(small.workers[0]?.port)).includes('sluice_health_checks_total{') ? true : null,
      );
      const worker = `${await metricsOf(small.workers[0]?.port)}\n${await metricsOf(small.tell?.port)}`;
      const texts = { api: await metricsOf(small.apis[0]?.port), worker };
      for (const [app, text] of Object.entries(texts)) {
        const samples = [...text.matchAll(/^((?:llm|sluice)_\w+?)(?:_bucket|_sum|_count)?\{/gm)];
        const emitted = new Set(samples.map(([, name]) => name));
        const catalogue = Object.entries(METRICS).filter(([, { emittedBy }]) => emittedBy === app);
        expect([...emitted].sort()).toEqual(catalogue.map(([name]) => name).sort());
      }
    } finally {
      await small.stop();
    }
  });

  it('emits of a scaler what the catalogue names', async () => {
    const text = await eventually('a decision', async () => {
      const now = await metricsOf(scaler.port);
      return now.includes('sluice_scaler_decisions_total{') ? now : null;
    });
    const emitted = new Set([...text.matchAll(/^(sluice_\w+)\{/gm)].map(([, name]) => name));
    const catalogue = Object.entries(METRICS).filter(([, { emittedBy }]) => emittedBy === 'scaler');
    expect([...emitted].sort()).toEqual(catalogue.map(([name]) => name).sort());
  });

  it('counts every generation that was answered', async () => {
    const sample = 'llm_requests_total{backend="simulator",status="success",app="api"} 20\n';
    expect(await metricsOf(stack.apis[0]?.port)).toContain(sample);
  });

  it('is answered while Redis is frozen, and says of the queues that nothing is known', async () => {
    const queueGauges = async (): Promise<number[]> => {
      const samples = (await metricsOf(stack.apis[0]?.port)).matchAll(/^sluice_queue_jobs\{.*\} (.+)$/gm);
      return [...samples].map(([, value]) => Number(value));
    };
    expect(await queueGauges()).toEqual([0, 0, 0, 0]);
    await stack.redis.freeze();
    try {
      expect((await send(`${stack.url()}/metrics`)).status).toBe(200);
      expect(await queueGauges()).toEqual([NaN, NaN, NaN, NaN]);
    } finally {
      await stack.redis.thaw();
    }
    const areKnown = async () => ((await queueGauges()).join() === '0,0,0,0' ? true : null);
    await eventually('the queues to be known', areKnown);
  });
});

describe('GET /docs', () => {
  it('is an OpenAPI 3.1 document made of the schemas that validate', async () => {
    const { body } = await send(`${stack.url()}/docs/json`);
    expect(body['openapi']).toBe('3.1.0');
    const { paths } = body as { paths: Record<string, Record<string, Record<string, unknown>>> };
    for (const path of ['/generate', '/jobs', '/jobs/{id}', '/health', '/status', '/metrics'])
      expect(paths).toHaveProperty([path]);
    const requestBody = JSON.stringify(paths['/generate']?.['post']?.['requestBody']);
    for (const field of ['prompt', 'max_tokens', 'timeout_ms', '"default":0.7'])
      expect(requestBody).toContain(field);
    expect(JSON.stringify(paths['/generate']?.['post']?.['responses'])).toContain('queue_wait_ms');
    expect((await send(`${stack.url()}/docs`)).status).toBe(200);
  });
});

describe('cross-origin reading', () => {
  it('is open for the API, as in the original system, and closed for admin pages', async () => {
    expect((await send(`${stack.url()}/health`)).headers.get('access-control-allow-origin')).toBe('*');
    expect(
      (await send(`${stack.url()}/admin/board/api/queues`)).headers.get('access-control-allow-origin'),
    ).toBeNull();
    expect((await send(`${stack.url()}/generate`, { method: 'OPTIONS' })).status).toBe(204);
    expect((await send(`${stack.url()}/admin/board`, { method: 'OPTIONS' })).status).toBe(404);
  });
});

describe('prompts, completions and keys', () => {
  it('appear in no log, metric or Redis key name', async () => {
    const canaries = {
      prompt: 'CANARY-prompt',
      user_id: 'CANARY-end-user',
      metadata: { note: 'CANARY-metadata' },
    };
    const headers = { authorization: 'Bearer CANARY-key', 'x-user-id': 'CANARY-caller' };
    for (const model of ['sim-instant', 'sim-flaky'])
      await generate(stack.url(), { ...canaries, model }, headers);
    await send(`${stack.url()}/generate`, {
      raw: '{"prompt":"CANARY-broken',
      headers: { ...headers, 'content-type': 'application/json' },
    });
    const look = stack.look();
    const names = (await look.keys('*')).join(' ');
    look.disconnect();
    const metrics = await Promise.all([...stack.apis, ...stack.workers].map(({ port }) => metricsOf(port)));
    for (const text of [names, stack.logs(), metrics.join(' ')]) expect(text).not.toContain('CANARY');
  });
});
