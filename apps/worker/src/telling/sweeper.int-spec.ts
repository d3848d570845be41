import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import { Metrics } from '#common/observability/metrics.js';
import { openPoolQueues } from '#common/queue/open-pool-queues.js';
import { GIVEN_UP, type PoolQueues } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { Settlement } from '#common/settlement/settlement.js';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { taskOf } from '../../../../test/support/task.js';
import { Sweeper } from './sweeper.js';

let server: OwnRedis;
let redis: Redis;
let queues: PoolQueues;
let sweeper: Sweeper;
let records: JobRecords;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  await redis.ping();
  queues = openPoolQueues(['default'], redis, () => undefined);
  records = new JobRecords(redis);
  const settlement = new Settlement(redis, 60_000);
  const metrics = new Metrics({});
  sweeper = new Sweeper(
    { redis, records, queues, settlement, metrics, logger: pino({ level: 'silent' }) },
    1_000,
  );
});
afterEach(() => redis.flushall());
afterAll(async () => {
  await Promise.all(queues.all().map((queue) => queue.close()));
  redis.disconnect();
  await server.end();
});

interface Planted {
  readonly ageMs: number;
  readonly deadlineInMs: number;
  readonly dueInMs: number;
  readonly isQueued: boolean;
}

async function plant({ ageMs, deadlineInMs, dueInMs, isQueued }: Planted): Promise<string> {
  const id = mintJobId();
  const now = Date.now();
  await redis.hset(keys.job(id), {
    status: 'queued',
    tenant: 't',
    client_id: 'user:t',
    request_id: 'req_1',
    pool: 'default',
    model: 'sim-fast',
    priority: 'normal',
    created_ms: now - ageMs,
    deadline_ms: now + deadlineInMs,
  });
  await redis.zadd(keys.unsettled, now + dueInMs, id);
  await redis.zadd(keys.tenantInFlight('t'), now + 3_600_000, id);
  await redis.zadd(keys.tenantQueued('t'), now + 3_600_000, id);
  await redis.zadd(keys.poolQueued('default'), now + 3_600_000, id);
  if (isQueued) {
    await queues.add('default', id, { tenant: 't', task: taskOf() }, 1);
  }
  return id;
}

const endOf = async (id: string) => {
  const record = await records.read(id);
  return { status: record?.status, because: record?.outcome?.error_code };
};

describe('the sweeper', () => {
  it('ends a job that was admitted and never reached its queue, and gives its leases back', async () => {
    const id = await plant({ ageMs: 31_000, deadlineInMs: 600_000, dueInMs: -1, isQueued: false });
    await sweeper.sweep();
    expect(await endOf(id)).toEqual({ status: 'failed', because: 'job_lost' });
    for (const lease of [keys.tenantInFlight('t'), keys.tenantQueued('t'), keys.poolQueued('default')]) {
      expect(await redis.zcard(lease)).toBe(0);
    }
    expect(await redis.xlen(keys.events)).toBe(1);
  });

  it('expires a job that still waits at its deadline and takes it out of the queue', async () => {
    const id = await plant({ ageMs: 60_000, deadlineInMs: -1, dueInMs: -1, isQueued: true });
    await sweeper.sweep();
    expect(await endOf(id)).toEqual({ status: 'expired', because: 'deadline_exceeded' });
    expect(await queues.stateOf('default', id)).toBe('missing');
  });

  it('leaves a waiting job alone and looks again later, at the deadline at the latest', async () => {
    const id = await plant({ ageMs: 40_000, deadlineInMs: 35_000, dueInMs: -1, isQueued: true });
    await sweeper.sweep();
    expect(await endOf(id)).toEqual({ status: 'queued', because: undefined });
    expect(Number(await redis.zscore(keys.unsettled, id))).toBe((await records.read(id))?.deadline_ms);
  });

  it('ends as worker_crashed what the queue gave up, without waiting until it is due', async () => {
    const id = await plant({ ageMs: 1_000, deadlineInMs: 600_000, dueInMs: 30_000, isQueued: true });
    await redis.zrem(`{sluice}:generate-default:prioritized`, id);
    await redis.hset(`{sluice}:generate-default:${id}`, 'failedReason', GIVEN_UP);
    await redis.zadd(`{sluice}:generate-default:failed`, Date.now(), id);
    await sweeper.sweep();
    expect(await endOf(id)).toEqual({ status: 'failed', because: 'worker_crashed' });
  });

  it('calls a job that failed without being settled a defect, not a crash', async () => {
    const id = await plant({ ageMs: 1_000, deadlineInMs: 600_000, dueInMs: 30_000, isQueued: true });
    await redis.zrem(`{sluice}:generate-default:prioritized`, id);
    await redis.hset(`{sluice}:generate-default:${id}`, 'failedReason', 'internal_error');
    await redis.zadd(`{sluice}:generate-default:failed`, Date.now(), id);
    await sweeper.sweep();
    expect(await endOf(id)).toEqual({ status: 'failed', because: 'internal_error' });
  });

  it('ends 2,000 due jobs in one round, past one whose pool is gone and one whose record is damaged', async () => {
    const orphan = { ageMs: 31_000, deadlineInMs: 600_000, dueInMs: -1, isQueued: false };
    const [gone, unreadable] = [await plant(orphan), await plant(orphan)];
    await redis.hset(keys.job(gone), 'pool', 'no-such-pool');
    await redis.hset(keys.job(unreadable), 'created_ms', 'yesterday');
    const ids = await Promise.all(Array.from({ length: 2_000 }, () => plant(orphan)));
    await sweeper.sweep();
    expect(await redis.zcard(keys.unsettled)).toBe(0);
    const ends = await Promise.all([gone, ...ids].map(endOf));
    expect(new Set(ends.map(({ because }) => because))).toEqual(new Set(['job_lost']));
  });

  it('settles a job once, however many sweepers meet it', async () => {
    await plant({ ageMs: 31_000, deadlineInMs: 600_000, dueInMs: -1, isQueued: false });
    await Promise.all([sweeper.sweep(), sweeper.sweep(), sweeper.sweep()]);
    expect(await redis.xlen(keys.events)).toBe(1);
    expect(await redis.zcard(keys.unsettled)).toBe(0);
  });
});
