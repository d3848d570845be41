import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { type JobRef, Settlement } from '#common/settlement/settlement.js';
import { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { ClaimsLedger } from './claims.ledger.js';

const LEASE_GRACE_MS = 60_000;

let server: OwnRedis;
let redis: Redis;
let records: JobRecords;
let first: ClaimsLedger;
let second: ClaimsLedger;
let settlement: Settlement;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  records = new JobRecords(redis);
  first = new ClaimsLedger(redis, 'worker-1');
  second = new ClaimsLedger(redis, 'worker-2');
  settlement = new Settlement(redis, 60_000);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

const WAITING_LEASES = [keys.tenantQueued('t'), keys.poolQueued('default')];

/** A job as admit.lua leaves it. */
async function plant({ ageMs = 1_000, deadlineInMs = 600_000 } = {}): Promise<JobRef> {
  const id = mintJobId();
  const now = await clock();
  const deadline = now + deadlineInMs;
  await redis.hset(keys.job(id), {
    status: 'queued',
    tenant: 't',
    client_id: 'user:t',
    request_id: 'req_1',
    pool: 'default',
    model: 'sim-fast',
    priority: 'normal',
    created_ms: now - ageMs,
    deadline_ms: deadline,
  });
  await redis.zadd(keys.unsettled, now + 30_000, id);
  for (const leases of [keys.tenantInFlight('t'), ...WAITING_LEASES])
    await redis.zadd(leases, deadline + LEASE_GRACE_MS, id);
  return { id, tenant: 't', pool: 'default' };
}

/** Redis's clock, in Unix milliseconds. */
async function clock(): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** Every key with all it holds and when it ends: no write goes unseen. */
async function keyspace(): Promise<unknown[]> {
  const names = (await redis.keys('*')).sort();
  return Promise.all(
    names.map(async (name) => [name, await redis.dumpBuffer(name), await redis.pexpiretime(name)]),
  );
}

/** Expects that `work` is answered so, and that it writes nothing at all. */
async function expectUntouched(work: () => Promise<unknown>, answer: unknown): Promise<void> {
  const before = await keyspace();
  expect(before.length).toBeGreaterThan(0);
  expect(await work()).toEqual(answer);
  expect(await keyspace()).toEqual(before);
}

describe('a worker that begins a job', () => {
  it('becomes the one that runs it and gives back the leases of waiting, but not the one of being unfinished', async () => {
    const [job, neighbour] = [await plant(), await plant()];
    const claim = await first.begin(job);
    expect(claim).toEqual({
      kind: 'begun',
      requestId: 'req_1',
      delivery: 1,
      remainingMs: expect.any(Number),
      queueWaitMs: expect.any(Number),
      attempts: 0,
    });
    const record = await records.read(job.id);
    expect(record).toMatchObject({ status: 'running', worker_id: 'worker-1', deliveries: 1 });
    if (claim.kind !== 'begun' || record?.started_ms === undefined) throw new Error(claim.kind);
    expect(claim.remainingMs).toBe(record.deadline_ms - record.started_ms);
    expect(claim.queueWaitMs).toBe(record.started_ms - record.created_ms);
    expect(claim.queueWaitMs).toBeGreaterThanOrEqual(1_000);
    for (const leases of WAITING_LEASES)
      expect(await redis.zrange(leases, '0', '-1')).toEqual([neighbour.id]);
    for (const set of [keys.tenantInFlight('t'), keys.unsettled])
      expect(await redis.zrange(set, '0', '-1')).toContain(job.id);
  });

  it('counts the delivery and when it was, and keeps the first start, when another vanished in the middle of it', async () => {
    const job = await plant();
    await first.begin(job);
    const started = (await records.read(job.id))?.started_ms ?? Infinity;
    for (const delivery of [2, 3]) {
      await eventually('the clock to go on', async () =>
        (await clock()) > started + delivery ? true : null,
      );
      expect(await second.begin(job)).toMatchObject({ kind: 'begun', delivery });
      const delivered = Number(await redis.hget(keys.job(job.id), 'delivered_ms'));
      expect(delivered).toBeGreaterThan(started + delivery);
      expect(await records.read(job.id)).toMatchObject({
        status: 'running',
        worker_id: 'worker-2',
        deliveries: delivery,
        started_ms: started,
      });
    }
  });

  it('only closes a job whose worker vanished between its settlement and the queue’s finish', async () => {
    const job = await plant();
    await first.begin(job);
    const outcome = { attempts: 1, text: 'done' };
    await settlement.settle(job, { status: 'completed', outcome, by: 'worker-1' });
    await expectUntouched(() => second.begin(job), { kind: 'closed' });
    expect(await records.read(job.id)).toMatchObject({ worker_id: 'worker-1', deliveries: 1, outcome });
  });

  it.each(['completed', 'failed', 'cancelled', 'expired'] as const)(
    'only closes a job that ended as %s while it waited, also past its deadline',
    async (status) => {
      const job = await plant({ deadlineInMs: -1 });
      await settlement.settle(job, { status, outcome: { attempts: 0 } });
      await expectUntouched(() => first.begin(job), { kind: 'closed' });
    },
  );

  it('only closes a job of which nothing is known any more', async () => {
    const job = await plant();
    await redis.del(keys.job(job.id));
    await expectUntouched(() => first.begin(job), { kind: 'closed' });
  });

  it('does not begin a job that waited past its deadline', async () => {
    const job = await plant({ deadlineInMs: 0 });
    await expectUntouched(() => first.begin(job), { kind: 'expired' });
  });

  it('does not begin a job again past its deadline, when another vanished in the middle of it', async () => {
    const job = await plant();
    await first.begin(job);
    await redis.hset(keys.job(job.id), 'deadline_ms', (await clock()) - 1);
    await expectUntouched(() => second.begin(job), { kind: 'expired' });
  });
});

describe('a worker that hands a job back', () => {
  it('makes it wait again, with its leases, for whoever begins it next', async () => {
    const job = await plant();
    await first.begin(job);
    const before = await records.read(job.id);
    expect(await first.handBack(job)).toBe(true);
    expect(await records.read(job.id)).toEqual({ ...before, status: 'queued', worker_id: '' });
    const leaseEnd = String((before?.deadline_ms ?? 0) + LEASE_GRACE_MS);
    for (const leases of [keys.tenantInFlight('t'), ...WAITING_LEASES])
      expect(await redis.zrange(leases, '0', '-1', 'WITHSCORES')).toEqual([job.id, leaseEnd]);

    expect(await second.begin(job)).toMatchObject({ kind: 'begun', delivery: 2 });
    expect(await records.read(job.id)).toMatchObject({
      worker_id: 'worker-2',
      started_ms: before?.started_ms,
    });
    for (const leases of WAITING_LEASES) expect(await redis.zcard(leases)).toBe(0);
  });

  it('changes nothing when another worker has begun it since', async () => {
    const job = await plant();
    await first.begin(job);
    await second.begin(job);
    await expectUntouched(() => first.handBack(job), false);
  });

  it('changes nothing when it was settled meanwhile', async () => {
    const job = await plant();
    await first.begin(job);
    await settlement.settle(job, { status: 'cancelled', outcome: { attempts: 0 } });
    await expectUntouched(() => first.handBack(job), false);
  });

  it('is told the same when it asks again because the first answer got lost, and changes nothing', async () => {
    const job = await plant();
    await first.begin(job);
    await first.handBack(job);
    await expectUntouched(() => first.handBack(job), true);
  });

  it('changes nothing when nothing is known of the job any more', async () => {
    const job = await plant();
    await first.begin(job);
    await redis.del(keys.job(job.id));
    await expectUntouched(() => first.handBack(job), false);
  });
});

describe('a worker that postpones a job because no backend can take it', () => {
  it('makes it wait again, remembers its attempts, and counts no delivery', async () => {
    const job = await plant();
    await first.begin(job);
    const started = (await records.read(job.id))?.started_ms;
    expect(await first.postpone(job, 2)).toBe(true);
    expect(await records.read(job.id)).toMatchObject({ status: 'queued', worker_id: '', deliveries: 0 });
    for (const leases of WAITING_LEASES) expect(await redis.zcard(leases)).toBe(1);

    expect(await second.begin(job)).toMatchObject({ kind: 'begun', delivery: 1, attempts: 2 });
    expect((await records.read(job.id))?.started_ms).toBe(started);
  });

  it('is told the same when it asks again because the first answer got lost, and changes nothing', async () => {
    const job = await plant();
    await first.begin(job);
    await first.postpone(job, 1);
    await expectUntouched(() => first.postpone(job, 1), true);
  });

  it('changes nothing of a job that is not its own any more', async () => {
    const job = await plant();
    await first.begin(job);
    await second.begin(job);
    await expectUntouched(() => first.postpone(job, 1), false);
  });

  it('knows whether a job is still open', async () => {
    const job = await plant();
    expect(await first.isOpen(job)).toBe(true);
    await first.begin(job);
    expect(await first.isOpen(job)).toBe(true);
    await settlement.settle(job, { status: 'cancelled', outcome: { attempts: 0 } });
    expect(await first.isOpen(job)).toBe(false);
    expect(await first.isOpen({ ...job, id: mintJobId() })).toBe(false);
  });
});
