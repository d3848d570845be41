import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TierConfig } from '#common/config/config-file.js';
import type { Redis } from 'ioredis';
import { FairPool } from '../../../../test/support/fair-pool.js';
import { prioritizedKey } from '../../../../test/support/admission.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import type { AdmissionTerms } from './admission.ledger.js';
import { headroomOf } from './admission-terms.policy.js';

const PACE = { slots: 4, serviceMs: 1_000 };
const QUEUED_MAX = 20;
const DEADLINE_MS = 6_000;

const TIERS = ['anonymous', 'free', 'premium'] as const;
type Tier = (typeof TIERS)[number];
const tierOf = (share: number): TierConfig => ({ share }) as TierConfig;
const tiers: Record<Tier, TierConfig> = { anonymous: tierOf(1), free: tierOf(2), premium: tierOf(8) };

/** The terms of a tier as AdmitJob puts them together. */
function termsOf(name: Tier): Partial<AdmissionTerms> {
  const headroom = headroomOf(tiers[name], tiers);
  return {
    poolQueuedMax: Math.ceil(QUEUED_MAX * headroom),
    patienceMs: Math.floor(DEADLINE_MS * headroom),
  };
}

let server: OwnRedis;
let redis: Redis;
let pool: FairPool;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  pool = new FairPool(redis);
});
afterEach(() => pool.empty());
afterAll(async () => {
  await pool.close();
  redis.disconnect();
  await server.end();
});

/** Every key with all it holds and when it ends: no write goes unseen. */
async function keyspace(): Promise<unknown[]> {
  const names = (await redis.keys('*')).sort();
  return Promise.all(
    names.map(async (name) => [name, await redis.dumpBuffer(name), await redis.pexpiretime(name)]),
  );
}

describe('the position of an admitted job', () => {
  it('is how many jobs the queue holds before it, for every flow', async () => {
    const priorities = ['high', 'normal', 'low'] as const;
    const positions = new Set<number>();
    for (let at = 0; at < 90; at++) {
      const tenant = `tenant-${(at * 7) % 5}`;
      const priority = priorities[at % 3] ?? 'normal';
      const job = await pool.send({ tenant, priority, share: 1 + (at % 2), cost: 1 + (at % 4) });
      const rank = await pool.queues.position(pool.pool, job.id);
      expect(job.admission.position).toBe(rank);
      positions.add(rank ?? -1);
      if (at % 5 === 4) await pool.serve();
    }
    expect(positions.size).toBeGreaterThan(20);
  });
});

describe('the predicted wait', () => {
  it('is the time in which all slots serve the jobs before it and one more', async () => {
    await pool.sendMany(7, { tenant: 'crowd' });
    const job = await pool.send({ tenant: 'crowd', terms: { pace: PACE } });
    expect(job.admission).toMatchObject({ position: 7, wait_ms: 2_000 });
    const other = await pool.send({ tenant: 'newcomer', terms: { pace: PACE } });
    expect(other.admission).toMatchObject({ position: 1, wait_ms: 500 });
  });

  it('is how long the clock takes to the job’s tag, when that is longer: others overtake it', async () => {
    await pool.sendMany(7, { tenant: 'crowd' });
    const slow = { ...PACE, clockPerMs: 0.001 };
    const job = await pool.send({ tenant: 'crowd', terms: { pace: slow } });
    expect(job.admission).toMatchObject({ position: 7, wait_ms: 7_000 });
    const other = await pool.send({ tenant: 'newcomer', terms: { pace: slow } });
    expect(other.admission).toMatchObject({ position: 1, wait_ms: 500 });
  });

  it('is nothing in a pool where none waits, and unknown while the pace is', async () => {
    expect((await pool.send({ tenant: 'first', terms: { pace: PACE } })).admission.wait_ms).toBe(0);
    expect((await pool.send({ tenant: 'second' })).admission.wait_ms).toBeNull();
  });
});

describe('a job that would wait past its patience', () => {
  const impatient = { pace: PACE, patienceMs: 1_700 };

  it('is refused and told when to return: when the wait would have shrunk to its patience', async () => {
    await pool.sendMany(7, { tenant: 'crowd' });
    const { admission } = await pool.ask({ tenant: 'crowd', terms: impatient });
    expect(admission).toEqual({ kind: 'overloaded', wait_ms: 2_000, retry_ms: 300, limits: {} });
  });

  it('has written nothing at all', async () => {
    await pool.sendMany(7, { tenant: 'crowd' });
    await pool.serve();
    const before = await keyspace();
    const { admission } = await pool.ask({ tenant: 'crowd', terms: { ...impatient, patienceMs: 1 } });
    expect(admission).toMatchObject({ kind: 'overloaded' });
    expect(await keyspace()).toEqual(before);
  });

  it('is taken when what is queued waits for a backend and slots are free', async () => {
    await pool.sendMany(7, { tenant: 'crowd' });
    await redis.del(prioritizedKey('default'));
    const { admission } = await pool.ask({ tenant: 'crowd', terms: { ...impatient, patienceMs: 1 } });
    expect(admission).toMatchObject({ kind: 'admitted' });
  });

  it('is taken when its wait is exactly its patience', async () => {
    await pool.sendMany(7, { tenant: 'crowd' });
    const { admission } = await pool.ask({ tenant: 'crowd', terms: { pace: PACE, patienceMs: 2_000 } });
    expect(admission).toMatchObject({ kind: 'admitted' });
  });

  it('is refused for its own tenant’s crowd, not for that of another', async () => {
    await pool.sendMany(30, { tenant: 'crowd' });
    expect((await pool.ask({ tenant: 'crowd', terms: impatient })).admission.kind).toBe('overloaded');
    expect((await pool.ask({ tenant: 'newcomer', terms: impatient })).admission.kind).toBe('admitted');
  });

  it('is taken while nobody knows the pace', async () => {
    await pool.sendMany(500, { tenant: 'crowd' });
    const { admission } = await pool.ask({ tenant: 'crowd', terms: { pace: null, patienceMs: 1 } });
    expect(admission).toMatchObject({ kind: 'admitted', wait_ms: null });
  });
});

describe('a pool that fills', () => {
  /** How many jobs wait when a tier is refused first; who is admitted withdraws at once. */
  async function lengthsAtRefusal(change: Partial<AdmissionTerms>, kind: string) {
    const refused: Partial<Record<Tier, number>> = {};
    for (let queued = 0; Object.keys(refused).length < 3; queued++) {
      for (const tier of TIERS) {
        const terms = { ...termsOf(tier), ...change };
        const { job, admission } = await pool.ask({ tenant: 'crowd', terms });
        if (admission.kind === 'admitted') await pool.cancel(job);
        else refused[tier] ??= queued;
        expect(['admitted', kind]).toContain(admission.kind);
      }
      await pool.send({ tenant: 'crowd' });
    }
    return refused;
  }

  it('refuses the lowest tier first, and the highest one only when it is full', async () => {
    expect(await lengthsAtRefusal({}, 'queue_full')).toEqual({ anonymous: 16, free: 18, premium: 20 });
  });

  it('grows too slow for the lowest tier first', async () => {
    const change = { pace: PACE, poolQueuedMax: 1_000 };
    expect(await lengthsAtRefusal(change, 'overloaded')).toEqual({ anonymous: 19, free: 21, premium: 24 });
  });
});
