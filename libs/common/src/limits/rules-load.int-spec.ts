import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { naiveLimit, type NaiveRule } from '../../../../test/support/naive-limits.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';

const PROCESSES = 8;
const TRIES = 10_000;
const CHILD = 'test/support/load-rules.mjs';

/** Slices of 20 ms, a token in 4 ms: whole microseconds, so that doubles are exact. */
const RULE = { limit: 300, window: 1_200_000, burst: 100 };

let server: OwnRedis;
let redis: Redis;
let sha1: string;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  const text = readFileSync('test/support/load-rules.lua', 'utf8').replace(/^-- @include \S+$/m, () =>
    readFileSync('libs/common/src/limits/rules.lua', 'utf8'),
  );
  sha1 = String(await redis.script('LOAD', text));
});
beforeEach(() => redis.flushdb());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

/** Has all processes try the rule at once. Returns every decision, in the order in which Redis made them. */
async function decisions(rule: NaiveRule): Promise<{ at: number; cost: number; fits: boolean }[]> {
  const words = [server.redis.url, sha1, String(TRIES), JSON.stringify({ ...rule, name: 'r' })];
  const children = Array.from({ length: PROCESSES }, () => fork(CHILD, words, { execArgv: [] }));
  const ends = Promise.all(children.map((child) => once(child, 'exit')));
  try {
    await Promise.all(
      children.map((child) => Promise.race([once(child, 'message'), failedToBegin(once(child, 'exit'))])),
    );
    for (const child of children) child.send('begin');
    expect(await ends).toEqual(children.map(() => [0, null]));
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
  return (await redis.lrange('decisions', 0, -1)).map((line) => {
    const [at = 0, cost = 0, fits] = line.split(' ').map(Number);
    return { at, cost, fits: fits === 1 };
  });
}

async function failedToBegin(end: Promise<unknown[]>): Promise<never> {
  throw new Error(`a process ended before it began: ${String(await end)}`);
}

describe('8 processes that try one rule 10,000 times each', () => {
  it.each(['token_bucket', 'fixed_window', 'sliding_window'] as const)(
    'are let in exactly as often as the naive reference says, and at the same tries (%s)',
    async (strategy) => {
      const rule = { ...RULE, strategy };
      const made = await decisions(rule);
      const naive = naiveLimit(rule);
      const wrong = made.filter(({ at, cost, fits }) => {
        const should = naive.over(at, cost) <= 0;
        if (fits) naive.spend(at, cost);
        return fits !== should;
      });
      expect(made).toHaveLength(PROCESSES * TRIES);
      expect(wrong).toEqual([]);
      const admitted = made.filter(({ fits }) => fits).length;
      expect(admitted).toBeGreaterThan(50);
      expect(admitted).toBeLessThan(made.length);
    },
    120_000,
  );
});
