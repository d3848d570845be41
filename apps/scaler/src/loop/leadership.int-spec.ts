import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '#common/observability/metrics.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { FencedWrites } from './fenced-writes.js';
import { Leadership } from './leadership.js';
import type { Term } from './term.js';

const LEASE_MS = 900;

let server: OwnRedis;
let redis: Redis;
const lost: string[] = [];
const started: Leadership[] = [];

beforeAll(async () => {
  server = await startOwnRedis();
  redis = failFastConnection(server.redis.url, 'leadership');
  redis.on('error', () => undefined);
  await redis.ping().catch(() => undefined);
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((leadership) => leadership.stop()));
  lost.splice(0);
});

afterAll(async () => {
  redis.disconnect();
  await server.end();
});

function contender(id: string): Leadership {
  const leadership = new Leadership({
    redis,
    id,
    logger: pino({ level: 'silent' }),
    metrics: new Metrics({}),
    onLed: () => undefined,
    onLost: () => lost.push(id),
    leaseMs: LEASE_MS,
  });
  started.push(leadership);
  return leadership;
}

async function termOf(leadership: Leadership): Promise<Term> {
  return eventually('a term', () => leadership.term);
}

describe('of two scalers', () => {
  it('one leads for as long as it renews, and the other one after it, with a greater epoch', async () => {
    const [first, second] = [contender('first'), contender('second')];
    await first.start();
    await second.start();
    const term = await termOf(first);
    const until = performance.now() + 2 * LEASE_MS;
    await eventually('two leases to go by', () => {
      expect(second.term).toBeNull();
      expect(term.isOurs()).toBe(true);
      return performance.now() > until ? true : null;
    });
    await first.stop();
    expect((await termOf(second)).epoch).toBeGreaterThan(term.epoch);
    expect(term.isOurs()).toBe(false);
    expect(first.term).toBeNull();
  });

  it('the one that was frozen has stopped before the other one begins, and writes nothing afterwards', async () => {
    const [frozen, next] = [contender('frozen'), contender('next')];
    // Nothing renews it.
    await frozen.renew();
    const term = await termOf(frozen);
    await next.start();
    const nextTerm = await eventually('the other one to lead', () => {
      if (next.term !== null) expect(term.isOurs()).toBe(false);
      return next.term;
    });

    const writes = new FencedWrites(redis);
    const key = keys.scalerMemory('default');
    expect(await writes.write(nextTerm, [['SET', key, 'next']])).toBe(true);
    expect(await writes.write(term, [['SET', key, 'frozen']])).toBe(false);
    // Even if its clock had stood still.
    expect(await writes.write({ ...term, isOurs: () => true }, [['SET', key, 'frozen']])).toBe(false);
    expect(await redis.get(key)).toBe('next');

    await frozen.renew();
    expect(lost).toEqual(['frozen']);
    // Who has lost the lease does not end that of another.
    await frozen.stop();
    expect(await redis.get(keys.scalerLeader)).toBe('next');
  });
});

describe('a leader', () => {
  it('stops acting when it cannot renew for two thirds of the lease, and goes on when Redis is back', async () => {
    const leadership = contender('alone');
    await leadership.start();
    const term = await termOf(leadership);
    await server.redis.freeze();
    try {
      await eventually('the lease to be doubted', () => (leadership.term === null ? true : null));
      expect(term.isOurs()).toBe(false);
    } finally {
      await server.redis.thaw();
    }
    await termOf(leadership);
    expect(lost).toEqual([]);
  });

  it('that did not hear the answer keeps its epoch', async () => {
    const leadership = contender('deaf');
    await leadership.renew();
    const { epoch } = await termOf(leadership);
    const again = contender('deaf');
    await again.renew();
    expect((await termOf(again)).epoch).toBe(epoch);
  });
});
