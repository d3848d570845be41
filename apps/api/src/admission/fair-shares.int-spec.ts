import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { countByName, FairPool, type Wanted } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';

const SLOTS = 10;

let server: OwnRedis;
let redis: Redis;
let pool: FairPool;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  pool = new FairPool(redis, SLOTS);
});
afterEach(() => pool.empty());
afterAll(async () => {
  await pool.close();
  redis.disconnect();
  await server.end();
});

/** Jain's index of what each got for its share: 1 when all got the same, 1/n when one got everything. */
function jain(amounts: readonly number[]): number {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const squares = amounts.reduce((total, amount) => total + amount ** 2, 0);
  return sum ** 2 / (amounts.length * squares);
}

const tenants = (count: number): string[] => Array.from({ length: count }, (_, at) => `tenant-${at}`);

/** How many jobs begin until this tenant's first one does, itself included. */
async function servedUntil(name: string): Promise<number> {
  for (let count = 1; ; count++) {
    const job = await pool.serve();
    if (job === null) throw new Error(`no job of ${name} was served`);
    if (job.name === name) return count;
  }
}

/** What each gets of the next jobs when everybody has sent so many. */
async function contest(window: number, each: readonly (Wanted & { readonly backlog: number })[]) {
  for (const { backlog, ...wanted } of each) await pool.sendMany(backlog, wanted);
  const counts = countByName(await pool.serveMany(window));
  for (const { tenant, backlog } of each) {
    if ((counts[tenant] ?? 0) >= backlog) throw new Error(`${tenant} ran out of work within the window`);
  }
  return counts;
}

describe('a flood', () => {
  it('of 10,000 jobs of one tenant lets another’s first job begin as the very next one', async () => {
    await pool.sendMany(10_000, { tenant: 'flood' });
    await pool.serveMany(3 * SLOTS);
    const job = await pool.send({ tenant: 'newcomer' });
    expect(job.admission.position).toBe(0);
    expect(await servedUntil('newcomer')).toBe(1);
  });

  it('delays a newcomer’s first job by at most one job of each tenant that waits', async () => {
    const others = tenants(15);
    await pool.sendMany(500, { tenant: 'flood' });
    for (const tenant of others) await pool.sendMany(10, { tenant });
    await pool.serveMany(43);
    await pool.send({ tenant: 'newcomer' });
    expect(await servedUntil('newcomer')).toBeLessThanOrEqual(others.length + 2);
  });

  it('gains nothing by having come first: those who come later do not wait for what was served before', async () => {
    await pool.sendMany(400, { tenant: 'early' });
    await pool.serveMany(100);
    await pool.sendMany(200, { tenant: 'late' });
    expect(countByName(await pool.serveMany(100))).toEqual({ early: 50, late: 50 });
  });
});

describe('while all have work', () => {
  it('twenty tenants with equal shares and unequal backlogs get the same (Jain’s index of at least 0.95)', async () => {
    const names = tenants(20);
    const counts = await contest(
      500,
      names.map((tenant, at) => ({ tenant, backlog: at % 4 === 0 ? 300 : 30 + at })),
    );
    expect(Object.keys(counts)).toHaveLength(20);
    expect(jain(Object.values(counts))).toBeGreaterThanOrEqual(0.95);
    expect(Math.max(...Object.values(counts)) - Math.min(...Object.values(counts))).toBeLessThanOrEqual(1);
  });

  it('share 8 gets four times what share 2 gets, within 5 %', async () => {
    const { eight = 0, two = 0 } = await contest(500, [
      { tenant: 'two', share: 2, backlog: 450 },
      { tenant: 'eight', share: 8, backlog: 450 },
    ]);
    expect(Math.abs(eight / two - 4)).toBeLessThanOrEqual(0.2);
  });

  it.each([
    [100, 300],
    [0.25, 1],
  ])('shares of %d and %d are kept, although BullMQ counts in eighths', async (less, more) => {
    const counts = await contest(600, [
      { tenant: 'less', share: less, backlog: 500 },
      { tenant: 'more', share: more, backlog: 500 },
    ]);
    const ratio = (counts['more'] ?? 0) / (counts['less'] ?? 1);
    expect(Math.abs(ratio / (more / less) - 1)).toBeLessThanOrEqual(0.05);
  });

  it('a tenant whose jobs cost four times as many tokens gets a quarter as many of them', async () => {
    const { small = 0, large = 0 } = await contest(500, [
      { tenant: 'large', cost: 2, backlog: 450 },
      { tenant: 'small', cost: 0.5, backlog: 450 },
    ]);
    expect(Math.abs(small / large - 4)).toBeLessThanOrEqual(0.2);
  });

  it('each tenant pays for the tokens of each job: one of 100 puts its next one back by 100 jobs of others', async () => {
    await pool.send({ tenant: 'book', cost: 100 });
    await pool.send({ tenant: 'book' });
    await pool.sendMany(150, { tenant: 'chat' });
    const served = await pool.serveMany(152);
    const [first, second] = served.flatMap(({ name }, at) => (name === 'book' ? [at] : []));
    expect(first).toBe(0);
    expect(second).toBeGreaterThanOrEqual(100);
    expect(second).toBeLessThanOrEqual(102);
  });
});
