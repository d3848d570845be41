import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { failFastConnection } from './connections.js';
import { SILENCE_MS_MAX } from './fail-fast-redis.js';

let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startOwnRedis();
});
afterAll(() => server.end());
beforeEach(async () => {
  redis = failFastConnection(server.redis.url, 'test');
  redis.on('error', () => undefined);
  await isBack();
});
afterEach(() => {
  redis.disconnect();
});

const isBack = () =>
  eventually('Redis to answer', () =>
    redis.ping().then(
      () => true,
      () => null,
    ),
  );

/** Keeps this process from doing anything else. */
function beBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a command', () => {
  it('fails when Redis is silent; the next one fails at once; service comes back by itself', async () => {
    await server.redis.freeze();
    try {
      await expect(Promise.all([redis.ping(), redis.set('a', 1)])).rejects.toThrow();
      expect(redis.status).not.toBe('ready');
      // However many are refused meanwhile.
      for (let turn = 0; turn < 100; turn += 1) {
        await expect(redis.ping()).rejects.toThrow();
        await pause(10);
      }
    } finally {
      await server.redis.thaw();
    }
    await isBack();
  });

  it('fails when Redis is killed, and service comes back with it', async () => {
    const blocked = redis.eval(
      'local t = redis.call("TIME")[1] while redis.call("TIME")[1] - t < 30 do end',
      0,
    );
    const failed = expect(blocked).rejects.toThrow();
    await server.redis.kill();
    await failed;
    await server.redis.restart();
    await isBack();
  });

  it('does not fail because this process was busy when the answer came', async () => {
    const answers = Promise.all(Array.from({ length: 100 }, (_, at) => redis.echo(String(at))));
    beBusy(3 * SILENCE_MS_MAX);
    expect(await answers).toHaveLength(100);
    // Also where the answers come while a timer is already late.
    await pause(0);
    const later = redis.ping();
    setTimeout(() => {
      beBusy(2 * SILENCE_MS_MAX);
    }, SILENCE_MS_MAX / 2);
    expect(await later).toBe('PONG');
  });

  it('does not fail while Redis is slow, as long as it says something', async () => {
    const slow = `local t = redis.call('TIME') local from = t[1] * 1000000 + t[2]
      repeat t = redis.call('TIME') until t[1] * 1000000 + t[2] - from > 150000 return 1`;
    // So long that Redis reads, and answers, one at a time.
    const padding = 'x'.repeat(100_000);
    const answers = await Promise.all(Array.from({ length: 10 }, () => redis.eval(slow, 0, padding)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => 1));
  });
});
