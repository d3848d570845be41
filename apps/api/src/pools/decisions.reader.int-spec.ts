import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { scalingReportOf } from '../../../../test/support/scaling-report.js';
import { DecisionsReader } from './decisions.reader.js';
import { decisionPage, decisionsQuery } from './pools.schema.js';

let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

const told = (pool: string, epoch: number): Promise<unknown> => {
  const report = JSON.stringify(scalingReportOf({ pool, epoch }));
  return redis.xadd(keys.scalerDecisions, '*', 'pool', pool, 'report', report);
};
const page = async (query: Record<string, unknown> = {}) =>
  decisionPage.parse(await new DecisionsReader(redis).newest('default', decisionsQuery.parse(query)));

describe('the decisions of a pool', () => {
  it('are told newest first, page by page', async () => {
    for (let epoch = 1; epoch <= 5; epoch++) {
      await told('default', epoch);
      await told('large', 100 + epoch);
    }
    await redis.xadd(keys.scalerDecisions, '*', 'pool', 'default', 'report', '{"of":"another release"}');
    const first = await page({ limit: '2' });
    expect(first.decisions.map(({ epoch }) => epoch)).toEqual([5, 4]);
    const second = await page({ limit: '200', before: first.next_before });
    expect(second.decisions.map(({ epoch }) => epoch)).toEqual([3, 2, 1]);
    expect(second.next_before).toBeNull();
    expect(second.decisions[0]?.summary).toContain('Wants 4 workers and has 2 (up).');
  });

  it('are looked for in the newest thousand entries at once', async () => {
    await told('default', 1);
    const pipeline = redis.pipeline();
    for (let at = 0; at < 1_000; at++)
      pipeline.xadd(keys.scalerDecisions, '*', 'pool', 'large', 'report', '{}');
    await pipeline.exec();
    const first = await page();
    expect(first).toMatchObject({ decisions: [], next_before: expect.any(String) });
    expect((await page({ before: first.next_before })).decisions).toMatchObject([{ epoch: 1 }]);
  });

  it('are told for all pools at once, those after the last one that was seen', async () => {
    await told('default', 1);
    await told('large', 2);
    const reader = new DecisionsReader(redis);
    const first = await reader.after(null, 10);
    expect(first.map(({ pool, epoch }) => [pool, epoch])).toEqual([
      ['large', 2],
      ['default', 1],
    ]);
    const last = first[0]?.id ?? null;
    expect(await reader.after(last, 10)).toEqual([]);
    await told('default', 3);
    expect((await reader.after(last, 10)).map(({ epoch }) => epoch)).toEqual([3]);
  });
});
