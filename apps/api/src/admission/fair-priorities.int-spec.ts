import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { countByName, type FairJob, FairPool, type Wanted } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';

let server: OwnRedis;
let redis: Redis;
let pool: FairPool;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  pool = new FairPool(redis, 4);
});
afterEach(() => pool.empty());
afterAll(async () => {
  await pool.close();
  redis.disconnect();
  await server.end();
});

/** Serves so many jobs; whoever is served sends its next wish at once, so that nobody's backlog changes. */
async function serveWithArrivals(
  window: number,
  nextOf: (served: FairJob) => Pick<Wanted, 'priority'>,
): Promise<FairJob[]> {
  const served: FairJob[] = [];
  while (served.length < window) {
    const job = await pool.serve();
    if (job === null) throw new Error('the pool ran dry');
    served.push(job);
    await pool.send({ tenant: job.name, ...nextOf(job) });
  }
  return served;
}

const prioritiesOf = (jobs: readonly FairJob[], name: string) =>
  jobs.filter((job) => job.name === name).map(({ priority }) => priority);

describe('jobs of one tenant', () => {
  it('are served in the order of their arrival within each priority, whatever else is sent between them', async () => {
    const priorities = ['normal', 'high', 'low'] as const;
    for (let at = 0; at < 90; at++) {
      await pool.send({ tenant: `tenant-${at % 2}`, priority: priorities[at % 3] ?? 'normal' });
      if (at % 3 === 2) await pool.serve();
    }
    await pool.serveMany(90);
    expect(pool.served).toHaveLength(90);
    for (const priority of priorities)
      for (const name of ['tenant-0', 'tenant-1']) {
        const flow = pool.served.filter((job) => job.name === name && job.priority === priority);
        const numbers = flow.map(({ number }) => number);
        expect(numbers).toHaveLength(15);
        expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
      }
  });
});

describe('high', () => {
  it('overtakes its own tenant’s normal and low jobs', async () => {
    await pool.sendMany(100, { tenant: 'both' });
    await pool.sendMany(100, { tenant: 'both', priority: 'low' });
    await pool.sendMany(100, { tenant: 'other' });
    await pool.serveMany(10);
    const high = await pool.send({ tenant: 'both', priority: 'high' });
    const next = await pool.serveMany(2);
    expect(next.map(({ id }) => id)).toContain(high.id);
  });

  it('comes no earlier than the next job of those who wait as long as it does', async () => {
    await pool.sendMany(100, { tenant: 'high', priority: 'high' });
    await pool.sendMany(100, { tenant: 'normal' });
    expect(countByName(await pool.serveMany(100))).toEqual({ high: 50, normal: 50 });
  });

  it('is paid by its tenant’s normal jobs: by turns they get no more than one who sends only normal', async () => {
    await pool.sendMany(10, { tenant: 'both', priority: 'high' });
    await pool.sendMany(10, { tenant: 'both' });
    await pool.sendMany(20, { tenant: 'plain' });
    let sent = 0;
    const served = await serveWithArrivals(1_200, ({ name }) => ({
      priority: name === 'both' && sent++ % 2 === 0 ? 'high' : 'normal',
    }));
    const late = served.slice(400);
    const { both = 0, plain = 1 } = countByName(late);
    expect(Math.abs(both / plain - 1)).toBeLessThanOrEqual(0.05);
    const highs = prioritiesOf(late, 'both').filter((priority) => priority === 'high').length;
    expect(Math.abs(highs / both - 0.5)).toBeLessThanOrEqual(0.05);
  });

  it('gets nothing for its tenant once all is served: what a backlog gained first it waits for later', async () => {
    await pool.sendMany(100, { tenant: 'both' });
    await pool.sendMany(100, { tenant: 'both', priority: 'high' });
    await pool.sendMany(400, { tenant: 'plain' });
    await pool.serveMany(300);
    await pool.sendMany(150, { tenant: 'both' });
    await pool.serveMany(200);
    const { both = 0, plain = 0 } = countByName(pool.served);
    expect(Math.abs(both - plain)).toBeLessThanOrEqual(2);
  });
});

describe('low', () => {
  it('is served beside the work of others, with a quarter of its tenant’s share', async () => {
    await pool.sendMany(200, { tenant: 'low', priority: 'low' });
    await pool.sendMany(400, { tenant: 'normal' });
    const { low = 0, normal = 0 } = countByName(await pool.serveMany(400));
    expect(Math.abs(normal / low - 4)).toBeLessThanOrEqual(0.2);
  });

  it('comes after its own tenant’s normal work, and adds nothing to what the tenant gets', async () => {
    await pool.sendMany(10, { tenant: 'both' });
    await pool.sendMany(10, { tenant: 'both', priority: 'low' });
    await pool.sendMany(20, { tenant: 'plain' });
    const served = await serveWithArrivals(1_000, ({ priority }) => ({ priority }));
    const late = served.slice(400);
    const { both = 0, plain = 1 } = countByName(late);
    expect(Math.abs(both / plain - 1)).toBeLessThanOrEqual(0.1);
    expect(prioritiesOf(late, 'both').filter((priority) => priority === 'low').length).toBeLessThan(25);
  });

  it('gets every slot when nothing else waits', async () => {
    await pool.sendMany(40, { tenant: 'low', priority: 'low' });
    expect(await pool.serveMany(50)).toHaveLength(40);
  });

  it('gets as much as another’s low', async () => {
    await pool.sendMany(100, { tenant: 'first', priority: 'low' });
    await pool.sendMany(100, { tenant: 'second', priority: 'low' });
    expect(countByName(await pool.serveMany(100))).toEqual({ first: 50, second: 50 });
  });
});
