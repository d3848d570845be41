import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { QueuedGeneration } from '#common/contracts/generation.js';
import { createLogger } from '#common/observability/logger.js';
import { queueName, WORKER_OPTIONS } from '#common/queue/generation-queue.js';
import { keys } from '#common/redis/keys.js';
import { Settlement } from '#common/settlement/settlement.js';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { FairPool } from '../../../../test/support/fair-pool.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { RecordedSpans } from '../../../../test/support/recorded-spans.js';
import { ClaimsLedger } from './claims.ledger.js';
import { GenerationProcessor } from './generation.processor.js';
import type { Ran } from './delivery.js';
import type { RunGeneration } from './run-generation.js';

const TOKEN = 'stopping';
const logger = createLogger({ level: 'silent', app: 'worker', instance: 'worker-2', isPretty: false });

let server: OwnRedis;
let redis: Redis;
let pool: FairPool;
let stopping: Worker<QueuedGeneration>;
let claims: ClaimsLedger;
let processor: GenerationProcessor;
const cordon = { isCordoned: false };
const spans = new RecordedSpans();

beforeAll(async () => {
  server = await startOwnRedis();
  redis = FairPool.connect(server.redis.url);
  claims = new ClaimsLedger(redis, 'worker-2');
  pool = new FairPool(redis);
});
beforeEach(() => {
  stopping = workerOf();
  processor = processorThat(async ({ job }) => {
    if (!(await claims.handBack(job))) throw new Error('it is not this worker’s to give');
    return { kind: 'handed-back' };
  });
});
afterEach(async () => {
  cordon.isCordoned = false;
  await stopping.close();
  await pool.empty();
});
afterAll(async () => {
  spans.end();
  await pool.close();
  redis.disconnect();
  await server.end();
});

function workerOf(): Worker<QueuedGeneration> {
  const connection = { connection: redis, drainDelay: 60 };
  return new Worker<QueuedGeneration>(queueName(pool.pool), null, { ...WORKER_OPTIONS, ...connection });
}

const processorThat = (execute: RunGeneration['execute']): GenerationProcessor =>
  new GenerationProcessor({
    pool: pool.pool,
    run: { execute } as unknown as RunGeneration,
    settlement: new Settlement(redis, 60_000),
    logger,
    watchdog: { started: () => undefined },
    cordon,
  });

/** The stopping worker takes the next job and begins it. */
async function begin(): Promise<Job<QueuedGeneration>> {
  const taken = await stopping.getNextJob(TOKEN, { block: false });
  await claims.begin({ id: taken.id ?? '', tenant: taken.data.tenant, pool: pool.pool });
  return taken;
}

const handBack = async (job: Job<QueuedGeneration>): Promise<void> =>
  expect(processor.process(job, TOKEN)).rejects.toThrow(WaitingError);

describe('a job that a stopping worker hands back', () => {
  it('is the next one to begin', async () => {
    await pool.sendMany(20, { tenant: 'tenant' });
    const job = await begin();
    await pool.serveMany(5);
    await handBack(job);
    expect((await pool.serve())?.id).toBe(job.id);
  });

  it('is the next one also when the clock began anew since: it had had its turn', async () => {
    await pool.sendMany(50, { tenant: 'tenant' });
    await pool.serveMany(49);
    const job = await begin();
    await pool.sendMany(20, { tenant: 'other' });
    await handBack(job);
    expect((await pool.serve())?.id).toBe(job.id);
  });

  it('wakes a worker that has nothing to do', async () => {
    await pool.send({ tenant: 'tenant' });
    const job = await begin();
    const idle = workerOf();
    await idle.getNextJob('idle', { block: false });
    await idle.getNextJob('idle'); // Takes the mark that the job's own arrival left.
    const woken = idle.getNextJob('idle');
    await handBack(job);
    expect((await woken).id).toBe(job.id);
    await idle.close();
  });
});

describe('a job that a fetch still brings to a cordoned worker', () => {
  it('goes back as it came, begun by nobody, and is the next one elsewhere', async () => {
    await pool.sendMany(3, { tenant: 'tenant' });
    const job = await stopping.getNextJob(TOKEN, { block: false });
    cordon.isCordoned = true;
    const before = await redis.hgetall(keys.job(job.id ?? ''));
    const begun = jest.fn<RunGeneration['execute']>();
    await expect(processorThat(begun).process(job, TOKEN)).rejects.toThrow(WaitingError);
    expect(begun).not.toHaveBeenCalled();
    expect(await redis.hgetall(keys.job(job.id ?? ''))).toEqual(before);
    expect((await pool.serve())?.id).toBe(job.id);
  });
});

describe('a job that meets a defect', () => {
  const broken: RunGeneration['execute'] = async () => {
    throw new TypeError('a defect');
  };

  it('is settled as failed, and has a span that says so', async () => {
    spans.forget();
    await pool.send({ tenant: 'tenant' });
    const job = await begin();
    const processed = processorThat(broken).process(job, TOKEN);
    await expect(processed).rejects.toThrow(new UnrecoverableError('internal_error'));
    const { status, outcome } = await redis.hgetall(keys.job(job.id ?? ''));
    expect([status, JSON.parse(outcome ?? '{}')]).toEqual([
      'failed',
      { attempts: 0, error_code: 'internal_error' },
    ]);
    const [span, ...others] = spans.all(`process ${queueName(pool.pool)}`);
    expect(others).toEqual([]);
    expect(span?.attributes).toMatchObject({ 'sluice.ran': 'failed', 'error.type': 'internal_error' });
  });

  it('has failed in its queue as any other that failed', async () => {
    await pool.send({ tenant: 'tenant' });
    const job = await begin();
    const error = await processorThat(broken)
      .process(job, TOKEN)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof UnrecoverableError)) throw new Error('it has not failed');
    await job.moveToFailed(error, TOKEN);
    expect([await job.getState(), job.failedReason]).toEqual(['failed', 'internal_error']);
    await job.remove();
  });
});

describe('a job that no backend can take', () => {
  const postpone = async (inMs: number): Promise<Job<QueuedGeneration>> => {
    const postponed: Ran = { kind: 'postponed', inMs };
    const job = await begin();
    await expect(processorThat(async () => postponed).process(job, TOKEN)).rejects.toThrow(DelayedError);
    return job;
  };

  it('leaves the queue to the others for so long', async () => {
    await pool.sendMany(3, { tenant: 'tenant' });
    const job = await postpone(60_000);
    const served = await pool.serveMany(3);
    expect(served).toHaveLength(2);
    expect(served.map(({ id }) => id)).not.toContain(job.id);
    expect(await job.isDelayed()).toBe(true);
    await job.remove();
  });

  it('comes back by itself, before all others', async () => {
    await pool.sendMany(3, { tenant: 'tenant' });
    const job = await postpone(5);
    const due = Date.now() + 10;
    await eventually('its time to come', () => (Date.now() > due ? true : null));
    expect((await pool.serve())?.id).toBe(job.id);
  });
});
