import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { keyspace } from '../../../../test/support/keyspace.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import {
  admissionRequest as request,
  ALICE,
  BOB,
  ROOMY as OPEN,
  spendingRules,
} from '../../../../test/support/admission.js';
import { type AdmissionRequest, AdmissionLedger, type AdmissionTerms } from './admission.ledger.js';

const RETENTION_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
const LEASE_GRACE_MS = 60_000;

interface Most {
  readonly pool?: number;
  readonly concurrent?: number;
  readonly queued?: number;
}
const limited = ({ pool = 1_000, concurrent = 1_000, queued = 1_000 }: Most): AdmissionTerms => ({
  ...OPEN,
  poolQueuedMax: pool,
  leases: [
    { name: 'concurrent', max: concurrent, shadow: false },
    { name: 'queued', max: queued, shadow: false },
  ],
});
const ROOMY = limited({});

let server: OwnRedis;
let redis: Redis;
let ledger: AdmissionLedger;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  ledger = new AdmissionLedger(redis, RETENTION_MS);
});
afterEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

async function admit(count: number, changes: Partial<AdmissionRequest> = {}): Promise<void> {
  for (let at = 0; at < count; at++)
    expect(await ledger.admit(request(changes), ROOMY)).toMatchObject({ kind: 'admitted' });
}

/** The three sets of leases that a job of Alice in the pool `default` takes part in. */
const LEASES = [
  keys.poolQueued('default'),
  keys.tenantInFlight(ALICE.tenant),
  keys.tenantQueued(ALICE.tenant),
];

const refusals = [
  { limit: 'pool', refusal: { kind: 'queue_full' }, leases: keys.poolQueued('default') },
  {
    limit: 'concurrent',
    refusal: { kind: 'refused', rule: 'concurrent' },
    leases: keys.tenantInFlight(ALICE.tenant),
  },
  { limit: 'queued', refusal: { kind: 'refused', rule: 'queued' }, leases: keys.tenantQueued(ALICE.tenant) },
] as const;

describe('an admitted job', () => {
  it('costs one round trip, and has its record, leases, sweep, place in the tenant’s list and count', async () => {
    await admit(1); // Redis knows the script from here on.
    await redis.flushall();
    const job = request({ metadata: { order: '7' }, reply: 'channel-1', priority: 'high' });
    const sent = jest.spyOn(redis, 'sendCommand');
    const admission = await ledger.admit(job, ROOMY);
    const roundTrips = sent.mock.calls.length;
    sent.mockRestore();
    expect(roundTrips).toBe(1);
    if (admission.kind !== 'admitted') throw new Error(admission.kind);
    expect(admission).toMatchObject({ priority: 1, position: 0, wait_ms: 0 });

    const { at_ms: atMs } = admission;
    expect(await redis.hgetall(keys.job(job.id))).toEqual({
      status: 'queued',
      ...{ tenant: ALICE.tenant, tier: 'anonymous' },
      client_id: 'user:alice',
      request_id: 'req_1',
      pool: 'default',
      model: 'sim-fast',
      priority: 'high',
      metadata: '{"order":"7"}',
      reply: 'channel-1',
      created_ms: String(atMs),
      deadline_ms: String(atMs + 600_000),
      receipt: '',
      tag: '0',
      stride: '1',
    });
    const finish = keys.poolFinish('default');
    expect(await redis.zrange(finish, '0', '-1')).toEqual(
      [':high', '', ':low'].map((flow) => ALICE.tenant + flow).sort(),
    );
    const leaseEnd = String(atMs + 600_000 + LEASE_GRACE_MS);
    for (const leases of LEASES) {
      expect(await redis.zrange(leases, '0', '-1', 'WITHSCORES')).toEqual([job.id, leaseEnd]);
    }
    expect(await redis.zrange(keys.unsettled, '0', '-1', 'WITHSCORES')).toEqual([
      job.id,
      String(atMs + 30_000),
    ]);
    const list = keys.tenantJobs(ALICE.tenant);
    expect(await redis.zrange(list, '0', '-1', 'WITHSCORES')).toEqual([job.id, String(atMs)]);
    const keptMs = (await redis.pexpiretime(list)) - (atMs + RETENTION_MS + DAY_MS);
    expect(keptMs).toBeGreaterThan(-1_000);
    expect(keptMs).toBeLessThan(3_601_000);

    const seconds = Math.floor(atMs / 1_000);
    const counters = `${keys.poolCounters('default')}:${seconds - (seconds % 10)}`;
    expect(await redis.hgetall(counters)).toEqual({ [`accepted:${seconds % 10}`]: '1' });
    expect(await redis.ttl(counters)).toBeGreaterThan(800);
    const known = [keys.job(job.id), keys.unsettled, list, counters, finish, ...LEASES];
    expect((await redis.keys('*')).sort()).toEqual([...known, keys.poolFair('default')].sort());
  });

  it('is looked at by the sweeper at its deadline, if that is before the first look', async () => {
    const job = request({ deadlineMs: 2_000 });
    const admission = await ledger.admit(job, ROOMY);
    expect(admission).toMatchObject({ kind: 'admitted' });
    const deadline = await redis.hget(keys.job(job.id), 'deadline_ms');
    expect(await redis.zscore(keys.unsettled, job.id)).toBe(deadline);
  });
});

describe('what is over', () => {
  it('takes no room for ever: ended leases go with an admission, and jobs past their retention from the list', async () => {
    const list = keys.tenantJobs(ALICE.tenant);
    const kept = Date.now() - RETENTION_MS - DAY_MS + 60_000;
    await redis.zadd(list, kept - 120_000, 'forgotten', kept, 'kept');
    for (const leases of LEASES) await redis.zadd(leases, 1, 'ended');
    await admit(1);
    for (const leases of LEASES) expect(await redis.zcard(leases)).toBe(1);
    await eventually('the list to be trimmed', async () => {
      await admit(1);
      return (await redis.zscore(list, 'forgotten')) === null ? true : null;
    });
    expect(await redis.zrange(list, '0', '0')).toEqual(['kept']);
  });
});

describe('a refused job', () => {
  it.each([
    { rule: 'pool' },
    { rule: 'concurrent' },
    { rule: 'queued' },
    { rule: 'requests' },
    { rule: 'tokens' },
    { rule: 'budget' },
    { rule: 'key_budget:k1' },
  ])('writes nothing at all, when it is refused by $rule', async ({ rule: name }) => {
    const terms = { ...limited({ [name]: 3 }), rules: spendingRules({ [name]: 3 }) };
    for (let at = 0; at < 3; at++)
      expect(await ledger.admit(request(), terms)).toMatchObject({ kind: 'admitted' });
    // A lease that ended by itself is no reason to write either.
    for (const each of LEASES) await redis.zadd(each, 1, 'ended');
    const before = await keyspace(redis);
    expect(before.length).toBeGreaterThan(9);
    const refusal = name === 'pool' ? { kind: 'queue_full' } : { kind: 'refused', rule: name };
    expect(await ledger.admit(request(), terms)).toMatchObject(refusal);
    expect(await keyspace(redis)).toEqual(before);
    for (const each of LEASES) expect(await redis.zcard(each)).toBe(4);
  });

  it('is told the pool’s limit first, then the tenant’s unfinished jobs, then its waiting jobs', async () => {
    await admit(1);
    const told = async (most: Most) => ledger.admit(request(), limited(most));
    expect(await told({ pool: 1, concurrent: 1, queued: 1 })).toEqual({ kind: 'queue_full' });
    expect(await told({ concurrent: 1, queued: 1 })).toHaveProperty('rule', 'concurrent');
    expect(await told({ queued: 1 })).toHaveProperty('rule', 'queued');
  });
});

describe('a limit', () => {
  it.each(refusals)(
    'of 50 ($limit) admits exactly 50 of 200 that come at once over eight connections',
    async ({ limit, refusal }) => {
      const connections = Array.from({ length: 8 }, () => new Redis(server.redis.url));
      const ledgers = connections.map((each) => new AdmissionLedger(each, RETENTION_MS));
      const admissions = await Promise.all(
        Array.from({ length: 25 }, () =>
          ledgers.map((each) => each.admit(request(), limited({ [limit]: 50 }))),
        ).flat(),
      );
      for (const each of connections) each.disconnect();
      const refused = admissions.filter((admission) => admission.kind !== 'admitted');
      expect(refused).toHaveLength(150);
      for (const each of refused) expect(each).toMatchObject(refusal);
      for (const each of LEASES) expect(await redis.zcard(each)).toBe(50);
      expect(await redis.zcard(keys.unsettled)).toBe(50);
      expect(await redis.keys(keys.job('*'))).toHaveLength(50);
    },
  );

  it.each(refusals)('($limit) has room again when a lease has ended by itself', async ({ limit, leases }) => {
    const limits = limited({ [limit]: 2 });
    await admit(2);
    expect((await ledger.admit(request(), limits)).kind).not.toBe('admitted');
    const [first] = await redis.zrange(leases, '0', '0');
    const [seconds, micros] = await redis.time();
    await redis.zadd(
      leases,
      'XX',
      Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000),
      String(first),
    );
    expect(await ledger.admit(request(), limits)).toMatchObject({ kind: 'admitted' });
    expect((await ledger.admit(request(), limits)).kind).not.toBe('admitted');
  });

  it('of a tenant is its own: others enter while it is full, and it does not count them', async () => {
    const limits = limited({ concurrent: 3, queued: 3 });
    await admit(3);
    expect(await ledger.admit(request(), limits)).toMatchObject({ kind: 'refused' });
    for (let at = 0; at < 3; at++)
      expect(await ledger.admit(request({ caller: BOB }), limits)).toMatchObject({ kind: 'admitted' });
    expect(await ledger.admit(request({ caller: BOB }), limits)).toMatchObject({ kind: 'refused' });
    expect(await redis.zcard(keys.tenantInFlight(ALICE.tenant))).toBe(3);
    expect(await redis.zrange(keys.tenantJobs(BOB.tenant), '0', '-1')).toHaveLength(3);
  });

  it('of a pool counts every tenant’s jobs, and none of another pool', async () => {
    const limits = limited({ pool: 2 });
    await admit(1);
    await admit(5, { pool: 'other' });
    expect(await ledger.admit(request({ caller: BOB }), limits)).toMatchObject({ kind: 'admitted' });
    expect(await ledger.admit(request(), limits)).toEqual({ kind: 'queue_full' });
  });
});
