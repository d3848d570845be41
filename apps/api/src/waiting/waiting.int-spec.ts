import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mintJobId } from '#common/contracts/ids.js';
import type { Outcome } from '#common/contracts/outcome.js';
import { Metrics } from '#common/observability/metrics.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { type JobRef, Settlement } from '#common/settlement/settlement.js';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { Waiting } from './waiting.js';

/** Longer than any test: who waits so long is woken or let go. */
const LONG_MS = 60_000;
/** Shorter than the 2 s after which a wait is looked up: who is answered within it was woken. */
const SOON_MS = 1_000;

let server: OwnRedis;
let redis: Redis;
let settlement: Settlement;
let connections: { subscriber: Redis; producer: Redis };
let metrics: Metrics;
let log: Record<string, unknown>[];
let waiting: Waiting;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  settlement = new Settlement(redis, 60_000);
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

beforeEach(async () => {
  await redis.flushall();
  connections = { subscriber: new Redis(server.redis.url), producer: new Redis(server.redis.url) };
  metrics = new Metrics({});
  log = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const records = new JobRecords(connections.producer);
  waiting = new Waiting('api-1', connections, records, { metrics, logger });
  await waiting.start();
});
afterEach(async () => {
  waiting.stop(0);
  connections.subscriber.disconnect();
  connections.producer.disconnect();
  expect(Reflect.get(waiting, 'waiters')).toEqual(new Map());
  expect(await waitingNow()).toBe(0);
});

async function waitingNow(): Promise<number | undefined> {
  return (await metrics.gauge('sluice_waiting_requests').get()).values[0]?.value;
}

/** How many jobs were learnt of by `message` and by `lookup`. */
async function wakeUps(): Promise<Record<string, number>> {
  const { values } = await metrics.counter('sluice_wake_ups_total').get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels['via']), value]));
}

async function plant(reply = ''): Promise<JobRef> {
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
    created_ms: now,
    deadline_ms: now + 600_000,
    ...(reply === '' ? {} : { reply }),
  });
  return { id, tenant: 't', pool: 'default' };
}

const settle = (job: JobRef, outcome: Partial<Outcome> = {}) =>
  settlement.settle(job, { status: 'completed', outcome: { attempts: 1, text: 'done', ...outcome } });

describe('a wake-up', () => {
  it('wakes everybody who waits for the job, and nobody else', async () => {
    const [job, other] = [await plant(waiting.channel), await plant(waiting.channel)];
    const elsewhere = waiting.expect(other.id).within(LONG_MS);
    const waits = Array.from({ length: 3 }, () => waiting.expect(job.id).within(LONG_MS));
    expect(await waitingNow()).toBe(4);
    await settle(job);
    for (const settled of await Promise.all(waits))
      expect(settled).toMatchObject({ id: job.id, status: 'completed', outcome: { text: 'done' } });
    expect(await waitingNow()).toBe(1);
    await settle(other, { text: 'the other' });
    expect(await elsewhere).toMatchObject({ id: other.id, outcome: { text: 'the other' } });
    expect(await wakeUps()).toEqual({ message: 2 });
  });

  it('that cannot be read is logged and harms nobody', async () => {
    const job = await plant(waiting.channel);
    const wait = waiting.expect(job.id).within(LONG_MS);
    const unreadable = ['', 'no JSON {', 'null', '[]', `{"id":"${job.id}","status":"running"}`];
    for (const message of unreadable) await redis.publish(waiting.channel, message);
    await settle(job);
    expect(await wait).toMatchObject({ id: job.id, outcome: { text: 'done' } });
    expect(log.map(({ level, msg }) => [level, msg])).toEqual(
      unreadable.map(() => [50, 'a wake-up could not be read']),
    );
  });

  it('without its outcome, which is over 64 KiB, has it looked up at once', async () => {
    const job = await plant(waiting.channel);
    const wait = waiting.expect(job.id).within(SOON_MS);
    const text = 'x'.repeat(64 * 1024);
    await settle(job, { text });
    const settled = await wait;
    expect(settled?.outcome?.text).toBe(text);
    expect(await wakeUps()).toEqual({ lookup: 1 });
  });

  it('that never comes is made up for within seconds, without waking whose job goes on', async () => {
    const [job, other] = [await plant(), await plant()];
    const wait = waiting.expect(job.id).within(LONG_MS);
    const elsewhere = waiting.expect(other.id).within(5_500);
    const began = performance.now();
    await settle(job);
    expect(await wait).toMatchObject({ id: job.id, outcome: { text: 'done' } });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await elsewhere).toBeNull();
    expect(await wakeUps()).toEqual({ lookup: 1 });
  });

  it('that was lost while the subscription was cut is made up for once it is renewed', async () => {
    const job = await plant(waiting.channel);
    connections.subscriber.disconnect();
    await eventually('the cut', async () =>
      (await redis.pubsub('NUMSUB', waiting.channel))[1] === 0 ? true : null,
    );
    const wait = waiting.expect(job.id).within(SOON_MS);
    await settle(job);
    await connections.subscriber.connect();
    expect(await wait).toMatchObject({ id: job.id });
    expect(await wakeUps()).toEqual({ lookup: 1 });
  });
});

describe('watching a job', () => {
  it('is over at once when the job has ended or is unknown', async () => {
    const job = await plant();
    await settle(job);
    expect(await waiting.watch(job.id)).toBeNull();
    expect(await waiting.watch(mintJobId())).toBeNull();
    expect(await redis.hget(keys.job(job.id), 'reply')).toBeNull();
  });

  it('is told once, however many of this process watch, and leaves others their channels', async () => {
    const job = await plant('{sluice}:wake:api-2');
    const waits = [await waiting.watch(job.id), await waiting.watch(job.id)];
    expect(await redis.hget(keys.job(job.id), 'reply')).toBe(`{sluice}:wake:api-2 ${waiting.channel}`);
    await settle(job);
    for (const wait of waits) expect(await wait?.within(SOON_MS)).toMatchObject({ id: job.id });
    expect(await wakeUps()).toEqual({ message: 1 });
  });

  it('loses none of 200 jobs that are settled in the same moment', async () => {
    const jobs = await Promise.all(Array.from({ length: 200 }, () => plant()));
    const race = async (job: JobRef, at: number): Promise<'over' | 'woken' | 'lost'> => {
      const settling = at % 2 === 0 ? settle(job) : null;
      const watching = waiting.watch(job.id);
      await (settling ?? settle(job));
      const expectation = await watching;
      if (expectation === null) return 'over';
      return (await expectation.within(SOON_MS)) === null ? 'lost' : 'woken';
    };
    const ends: string[] = [];
    for (let at = 0; at < jobs.length; at += 10)
      ends.push(...(await Promise.all(jobs.slice(at, at + 10).map(race))));
    expect(ends.filter((end) => end === 'lost')).toEqual([]);
    expect(ends).toHaveLength(200);
    // Both ends of the race were reached, or it was none.
    expect(new Set(ends)).toEqual(new Set(['over', 'woken']));
    expect(await wakeUps()).toEqual({ message: ends.filter((end) => end === 'woken').length });
  });
});

describe('who waits', () => {
  it('leaves nothing behind when Redis cannot be asked', async () => {
    connections.producer.disconnect();
    await expect(waiting.watch(mintJobId())).rejects.toThrow();
    expect(await waitingNow()).toBe(0);
  });

  it('is let go without a settlement when its time is over, its caller hangs up, or it is forgotten', async () => {
    const { id } = await plant(waiting.channel);
    const hangUp = new AbortController();
    const hungUp = waiting.expect(id).within(LONG_MS, hangUp.signal);
    const timedOut = waiting.expect(id).within(20);
    const forgotten = waiting.expect(id);
    expect(await waitingNow()).toBe(3);
    hangUp.abort();
    expect(await hungUp).toBeNull();
    expect(await timedOut).toBeNull();
    expect(await waitingNow()).toBe(1);
    forgotten.forget();
    forgotten.forget();
  });

  it('is told for as long as the grace of a stop lasts, then let go without a settlement', async () => {
    const [job, endless] = [await plant(waiting.channel), await plant(waiting.channel)];
    const wait = waiting.expect(job.id).within(LONG_MS);
    const lettingGo = [endless, endless].map(({ id }) => waiting.expect(id).within(LONG_MS));
    const began = performance.now();
    waiting.stop(1_500);
    await settle(job);
    expect(await wait).toMatchObject({ id: job.id });
    expect(await Promise.all(lettingGo)).toEqual([null, null]);
    expect(performance.now() - began).toBeGreaterThan(1_400);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
