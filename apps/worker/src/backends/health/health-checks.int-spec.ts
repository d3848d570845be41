import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { backendConfig } from '#common/config/backend-config.js';
import { Metrics } from '#common/observability/metrics.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { SILENT } from '../../../../../test/support/circuit-fleet.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../../test/support/own-servers.js';
import type { Checked } from '../backend.js';
import type { KnownBackend } from '../backend-directory.js';
import { HealthChecks } from './health-checks.js';

let server: OwnRedis;
let redis: Redis;
let ends: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
});
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

/** A backend that is looked at each second and answers what the test says. */
function backend(health: unknown = { interval_ms: 1_000 }) {
  const config = backendConfig.parse({ id: 'a', kind: 'openai', url: 'http://127.0.0.1:1/v1', health });
  const played = { checks: 0, isWell: true };
  const check = async (): Promise<Checked> => {
    played.checks += 1;
    return { isWell: played.isWell, models: ['m'] };
  };
  const known = { config, client: { id: 'a', kind: 'openai', check } } as unknown as KnownBackend;
  return { known, played };
}

async function worker(workerId: string, list: () => readonly KnownBackend[]) {
  const own = failFastConnection(server.redis.url, workerId);
  own.on('error', () => undefined);
  await eventually('the connection', () => (own.status === 'ready' ? true : null));
  const hurried: string[] = [];
  const metrics = new Metrics({});
  const hurry = (id: string) => void hurried.push(id);
  const checks = new HealthChecks({ workerId, redis: own, list, hurry, metrics, logger: SILENT });
  ends.push(async () => {
    await checks.stop();
    own.disconnect();
  });
  await checks.start();
  return { checks, hurried, metrics };
}

const becomes = (checks: HealthChecks, isWell: boolean) =>
  eventually(`isWell: ${isWell}`, () => (checks.isWell('a') === isWell ? true : null), { withinMs: 12_000 });

describe('health checks', () => {
  it('tell every worker of a backend that is ill, and that it is well again', async () => {
    const { known, played } = backend();
    played.isWell = false;
    const [one, two] = [await worker('w1', () => [known]), await worker('w2', () => [known])];
    expect(one.checks.isWell('a')).toBe(true);
    await becomes(one.checks, false);
    await becomes(two.checks, false);
    expect([...one.hurried, ...two.hurried]).toEqual([]);
    played.isWell = true;
    await becomes(one.checks, true);
    await becomes(two.checks, true);
    expect([...one.hurried, ...two.hurried]).toContain('a');
    expect(JSON.parse((await redis.hget(keys.backendHealth, 'a')) ?? '')).toMatchObject({
      is_well: true,
      failures: 0,
      models: ['m'],
    });
  });

  it('are made by one worker of the fleet in an interval, and none where there is none to make', async () => {
    const { known, played } = backend({ interval_ms: 600_000 });
    const unwatched = backend(false);
    const list = () => [known, unwatched.known];
    const fleet = await Promise.all(['w1', 'w2', 'w3'].map((id) => worker(id, list)));
    await eventually('a finding', () => redis.hget(keys.backendHealth, 'a'));
    await Promise.all(fleet.map(({ checks }) => checks.stop()));
    expect(played.checks).toBe(1);
    expect(unwatched.played.checks).toBe(0);
    const texts = await Promise.all(fleet.map(({ metrics }) => metrics.registry.metrics()));
    expect(texts.filter((text) => text.includes('checks_total{backend="a",result="well"} 1'))).toHaveLength(
      1,
    );
  });

  it('forget backends that are gone, and believe no finding that is old', async () => {
    const found = { is_well: false, failures: 3, checked_ms: 0, models: [] };
    await redis.hset(keys.backendHealth, { a: JSON.stringify(found), gone: JSON.stringify(found) });
    await redis.set(keys.healthCheck('a'), 'another worker');
    const { known } = backend();
    const { checks } = await worker('w1', () => [known]);
    expect(checks.isWell('a')).toBe(true);
    expect(await redis.hkeys(keys.backendHealth)).toEqual(['a']);
  });
});
