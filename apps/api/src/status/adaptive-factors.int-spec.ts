import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { presentBackend } from '#common/contracts/worker-presence.js';
import { digest } from '#common/contracts/digest.js';
import { Metrics } from '#common/observability/metrics.js';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import type { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { presenceOf } from '../../../../test/support/presence.js';
import { AdaptiveFactors } from './adaptive-factors.js';
import { AdaptiveGauge } from './adaptive-gauge.js';

let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = failFastConnection(server.redis.url, 'api');
  redis.on('error', () => undefined);
  await isReady();
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

const isReady = () => eventually('the connection', () => (redis.status === 'ready' ? true : null));

/** As the workers' tallies write them. */
async function know(model: string, factors: Record<string, number>): Promise<void> {
  const name = digest(model, 16);
  await redis.zadd(keys.adaptiveModels, Date.now(), name);
  await redis.hset(keys.adaptiveWindows(name), 'model', model);
  await redis.hset(keys.adaptiveFactors(name), factors);
}

async function workerWith(...ids: string[]): Promise<void> {
  const presence = presenceOf(`worker-${ids.join('-')}`, {
    backends: ids.map((id) => presentBackend.parse({ id, kind: 'simulator', active: 0 })),
  });
  await redis.set(keys.worker(presence.id), JSON.stringify(presence));
  await redis.zadd(keys.workers, Date.now(), presence.id);
}

function gauge() {
  const metrics = new Metrics({});
  const adaptive = new AdaptiveGauge(new AdaptiveFactors(redis), new WorkerDirectory(redis), metrics);
  return async (): Promise<Record<string, number>> => {
    await adaptive.refresh();
    const shown = await metrics.registry.getSingleMetric('sluice_adaptive_factor')?.get();
    return Object.fromEntries(
      (shown?.values ?? []).map(({ labels, value }) => [String(labels['backend']), value]),
    );
  };
}

describe('the list of adaptive factors', () => {
  it('names every model and backend, the lowest first', async () => {
    await know('gpt-5', { one: 1, two: 0.49 });
    await know('sim-fast', { one: 0.1 });
    expect(await new AdaptiveFactors(redis).list()).toEqual([
      { model: 'sim-fast', backend: 'one', factor: 0.1 },
      { model: 'gpt-5', backend: 'two', factor: 0.49 },
      { model: 'gpt-5', backend: 'one', factor: 1 },
    ]);
  });

  it('is empty before the first call, and leaves out a model whose factors have ended', async () => {
    expect(await new AdaptiveFactors(redis).list()).toEqual([]);
    await know('sim-fast', { one: 0.1 });
    await redis.del(
      keys.adaptiveWindows(digest('sim-fast', 16)),
      keys.adaptiveFactors(digest('sim-fast', 16)),
    );
    expect(await new AdaptiveFactors(redis).list()).toEqual([]);
  });
});

describe('the gauge of adaptive factors', () => {
  it('shows the least factor over a backend’s models, and 1 for a backend without one', async () => {
    await workerWith('one', 'two');
    await workerWith('two', 'three');
    await know('gpt-5', { one: 0.7, two: 0.49 });
    await know('sim-fast', { one: 0.1, two: 1 });
    expect(await gauge()()).toEqual({ one: 0.1, two: 0.49, three: 1 });
  });

  it('forgets a backend that no worker knows any more', async () => {
    const shown = gauge();
    await workerWith('one');
    expect(await shown()).toEqual({ one: 1 });
    await redis.del(keys.workers);
    await know('gpt-5', { one: 0.7 });
    expect(await shown()).toEqual({});
  });

  it('is unknown, not 1, while Redis does not answer', async () => {
    const shown = gauge();
    await workerWith('one');
    await shown();
    await server.redis.stop();
    expect(await shown()).toEqual({ one: NaN });
    expect(await shown()).toEqual({ one: NaN });
    await server.redis.restart();
    await isReady();
    await workerWith('one');
    expect(await shown()).toEqual({ one: 1 });
  });
});
