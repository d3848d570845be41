import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import type { PrismaClient } from '#common/database/generated/client.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma } from '#common/database/prisma.js';
import { Metrics } from '#common/observability/metrics.js';
import { failFastConnection, patientConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { settledEventOf, tell } from '../../../../test/support/settled-events.js';
import { EventStream } from './event-stream.js';
import { EventTidier } from './event-tidier.js';
import { readEvent } from './read-event.js';
import { Recorder, RECORDER_GROUP } from './recorder.js';
import { RequestMetricsLedger } from './request-metrics.ledger.js';

let servers: OwnServers;
let redis: Redis;
let readings: Redis;
let prisma: PrismaClient;
let running: Recorder<SettledEvent>[];
let lines: string[];
let databases = 0;
let url: string;

beforeAll(async () => void (servers = await startOwnServers()));
afterAll(() => servers.end());

beforeEach(async () => {
  const name = `recorder_${String(++databases)}`;
  await servers.postgres.createDatabase(name);
  url = servers.postgres.url(name);
  prisma = openPrisma(url, 4);
  redis = new Redis(servers.redis.url);
  readings = failFastConnection(servers.redis.url, 'readings').on('error', () => {});
  await redis.flushall();
  [running, lines] = [[], []];
});

afterEach(async () => {
  await Promise.all(running.map((recorder) => recorder.stop()));
  readings.disconnect();
  await eventually('every connection of a recorder to be closed', async () => {
    const clients = String(await redis.client('LIST'));
    return clients.trim().split('\n').length === 1 ? true : null;
  });
  redis.disconnect();
  await prisma.$disconnect();
});

function start(consumer: string, claimIdleMs = 30_000) {
  const metrics = new Metrics({});
  const recorder = new Recorder({
    stream: streamOf(consumer, claimIdleMs),
    tidier: new EventTidier(readings, { stream: keys.events, groups: [RECORDER_GROUP] }),
    read: readEvent,
    ledger: new RequestMetricsLedger(prisma),
    prepare: () => migrateDeploy(url, migrationsDirectory()),
    metrics,
    logger: pino({ level: 'info' }, { write: (line) => void lines.push(line) }),
    tidyEveryMs: 20,
  });
  running.push(recorder);
  recorder.start();
  return { recorder, metrics };
}

const streamOf = (consumer: string, claimIdleMs: number): EventStream =>
  new EventStream(patientConnection(servers.redis.url, consumer), {
    group: RECORDER_GROUP,
    consumer,
    claimIdleMs,
  });

const jobs = (count: number): SettledEvent[] => Array.from({ length: count }, () => settledEventOf());

/** Zero as well while PostgreSQL is away or has no tables yet. */
const rows = (): Promise<number> => prisma.requestMetric.count().catch(() => 0);

const rowsToBe = (count: number): Promise<true> =>
  eventually(`${String(count)} rows`, async () => ((await rows()) === count ? true : null), {
    withinMs: 15_000,
  });

const nothingOwed = (): Promise<true> =>
  eventually('the stream to be empty', async () => ((await redis.xlen(keys.events)) === 0 ? true : null));

const metric = async (metrics: Metrics, line: string): Promise<string | undefined> =>
  (await metrics.registry.metrics())
    .split('\n')
    .find((text) => text.startsWith(`${line} `))
    ?.split(' ')
    .at(-1);

const lagToBe = (metrics: Metrics, lag: string): Promise<true> =>
  eventually(`a lag of ${lag}`, async () =>
    (await metric(metrics, 'sluice_recorder_lag_entries')) === lag ? true : null,
  );

describe('a settlement', () => {
  it('becomes exactly one row, also when it is told twice, and leaves the stream', async () => {
    const events = jobs(1_200);
    await tell(redis, events);
    const { metrics } = start('worker-1');
    await tell(redis, events.slice(0, 300));
    await rowsToBe(1_200);
    await nothingOwed();
    expect(await rows()).toBe(1_200);
    expect(await metric(metrics, 'sluice_recorder_rows_total{result="written"}')).toBe('1200');
    expect(await metric(metrics, 'sluice_recorder_rows_total{result="duplicate"}')).toBe('300');
    await lagToBe(metrics, '0');
  });

  it('is recorded once by several recorders together', async () => {
    for (const consumer of ['worker-1', 'worker-2', 'worker-3']) start(consumer);
    await tell(redis, jobs(2_000));
    await rowsToBe(2_000);
    await nothingOwed();
  });

  it('that a recorder took and never acknowledged is claimed by another', async () => {
    const dead = streamOf('worker-dead', 30_000);
    await dead.open();
    await tell(redis, jobs(20));
    expect(await dead.next(1_000)).toHaveLength(20);
    dead.close();
    start('worker-2', 100);
    await rowsToBe(20);
    await nothingOwed();
  });

  it('in the stream when the recorder is stopped is recorded before the stop is over', async () => {
    const { recorder } = start('worker-1');
    await tell(redis, jobs(1));
    await rowsToBe(1);
    await tell(redis, jobs(1_500));
    await recorder.stop();
    expect(await rows()).toBe(1_501);
  });

  it('is recorded after Redis has lost its data and with it the group', async () => {
    start('worker-1');
    await tell(redis, jobs(1));
    await rowsToBe(1);
    await redis.flushall();
    await tell(redis, jobs(5));
    await rowsToBe(6);
  });
});

describe('while PostgreSQL is away', () => {
  it('settlements wait in the stream, their number is known, and all rows arrive when it is back', async () => {
    const { metrics } = start('worker-1');
    await tell(redis, jobs(1));
    await rowsToBe(1);
    await servers.postgres.stop();
    await tell(redis, jobs(200));
    await lagToBe(metrics, '200');
    await eventually('the warning', () => (lines.length > 0 ? true : null));
    await servers.postgres.restart();
    await rowsToBe(201);
    await nothingOwed();
    expect(lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([40, 30]);
  });

  it('a recorder that starts waits for it, makes the tables and then records', async () => {
    await servers.postgres.stop();
    start('worker-1');
    await tell(redis, jobs(3));
    await eventually('the warning', () => (lines.length > 0 ? true : null));
    await servers.postgres.restart();
    await rowsToBe(3);
  });

  it('a recorder stops all the same and leaves the settlements to the next one', async () => {
    const { recorder } = start('worker-1');
    await tell(redis, jobs(1));
    await rowsToBe(1);
    await servers.postgres.stop();
    await tell(redis, jobs(10));
    await eventually('the warning', () => (lines.length > 0 ? true : null));
    const began = performance.now();
    await recorder.stop();
    expect(performance.now() - began).toBeLessThan(4_500);
    await servers.postgres.restart();
    start('worker-2', 100);
    await rowsToBe(11);
  });
});

describe('while Redis is away', () => {
  it('the recorder waits, its lag is unknown, and it goes on when Redis is back', async () => {
    const { metrics } = start('worker-1');
    await tell(redis, jobs(1));
    await rowsToBe(1);
    await servers.redis.freeze();
    await lagToBe(metrics, 'Nan');
    await servers.redis.thaw();
    await servers.redis.stop();
    await servers.redis.restart();
    await tell(redis, jobs(10));
    await rowsToBe(11);
    await lagToBe(metrics, '0');
  });

  it('the recorder stops within its 3 s, also when Redis is frozen', async () => {
    const { recorder } = start('worker-1');
    await tell(redis, jobs(1));
    await rowsToBe(1);
    await servers.redis.freeze();
    const began = performance.now();
    await recorder.stop();
    expect(performance.now() - began).toBeLessThan(4_500);
    await servers.redis.thaw();
  });
});

describe('an entry that cannot be recorded', () => {
  it('is set aside with its reason, and the rest of its batch is written', async () => {
    const nul = settledEventOf({ client_id: 'a\u0000b' });
    const long = settledEventOf({ model: 'm'.repeat(300) });
    await tell(redis, [...jobs(30), nul, ...jobs(40), long, ...jobs(27)]);
    await redis.xadd(keys.events, '*', 'job_id', 'job_half', 'status', 'completed');
    await redis.xadd(keys.events, '*', 'outcome', 'no JSON');
    const { metrics } = start('worker-1');
    await rowsToBe(97);
    await nothingOwed();
    const rejected = (await redis.xrange(keys.rejectedEvents, '-', '+')).map(([, flat]) => flat);
    const reasons = rejected.map((flat) => flat.at(-1));
    expect(reasons).toEqual([
      expect.stringContaining('tenant: '),
      expect.any(String),
      expect.stringContaining('22021'),
      expect.stringContaining('22001'),
    ]);
    expect(rejected[3]).toEqual(expect.arrayContaining(['job_id', long.job_id]));
    expect(await metric(metrics, 'sluice_recorder_rows_total{result="rejected"}')).toBe('4');
    expect(lines.join('')).not.toContain('mmmm');
  });
});
