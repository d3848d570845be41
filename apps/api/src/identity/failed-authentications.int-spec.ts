import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Refusal } from '#common/errors/refusal.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { FailedAuthentications } from './failed-authentications.js';

let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});
beforeEach(() => redis.flushall());

/** Whether each of so many failures was counted, or was one too many. They come at all processes by turns. */
const failuresOf = (processes: readonly FailedAuthentications[], address: string, times: number) =>
  Promise.all(
    Array.from({ length: times }, async (_, at) =>
      processes[at % processes.length]?.count(address).then(
        () => 'counted',
        (refusal: unknown) => (refusal as Refusal).code,
      ),
    ),
  );

describe('failed authentications', () => {
  it('of an address are limited to 30 at once over all processes, and those of others are not', async () => {
    const processes = [new FailedAuthentications(redis), new FailedAuthentications(redis)];
    const results = await failuresOf(processes, '203.0.113.7', 40);
    expect(results.filter((result) => result === 'counted')).toHaveLength(30);
    expect(results.filter((result) => result === 'rate_limit_exceeded')).toHaveLength(10);
    expect(await failuresOf(processes, '203.0.113.8', 1)).toEqual(['counted']);
  });

  it('block an address in the process that has seen it, without another look, until the next one is allowed', async () => {
    const one = new FailedAuthentications(redis, 30);
    await failuresOf([one], 'here', 31);
    expect(() => {
      one.refuseBlocked('here');
    }).toThrow('failed_authentications');
    expect(() => {
      one.refuseBlocked('elsewhere');
    }).not.toThrow();
    await eventually('the next one to be allowed', () => {
      try {
        one.refuseBlocked('here');
        return true;
      } catch {
        return null;
      }
    });
  });

  it('are kept for little longer than they count, under no name that tells the address', async () => {
    await failuresOf([new FailedAuthentications(redis)], '203.0.113.7', 3);
    const [name = '', ...others] = await redis.keys('*');
    expect(others).toEqual([]);
    expect(name).not.toContain('203.0.113.7');
    expect(await redis.pttl(name)).toBeGreaterThan(0);
    expect(await redis.pttl(name)).toBeLessThanOrEqual(3 * 2_000 + 61_000);
  });
});
