import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { Metrics } from '#common/observability/metrics.js';
import { patientConnection } from '#common/redis/connections.js';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { settledEventOf, tell } from '../../../../test/support/settled-events.js';
import { EventStream } from './event-stream.js';
import { EventTidier } from './event-tidier.js';
import { readEvent } from './read-event.js';
import { Recorder, RECORDER_GROUP, TIDIED_EVENTS, WEBHOOKS_GROUP } from './recorder.js';
import { RequestMetricsLedger } from './request-metrics.ledger.js';

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let other: pg.Client;
let recorder: Recorder<SettledEvent>;
let metrics: Metrics;
let lines: string[];

beforeAll(async () => {
  servers = await startOwnServers();
  await servers.postgres.createDatabase('waits');
  const url = servers.postgres.url('waits');
  await migrateDeploy(url, migrationsDirectory());
  prisma = openPrisma(url, 4);
  other = new pg.Client({ connectionString: url });
  await other.connect();
  redis = new Redis(servers.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await other.end();
  await prisma.$disconnect();
  await servers.end();
});

beforeEach(async () => {
  await redis.flushall();
  await other.query('TRUNCATE request_metrics');
  [metrics, lines] = [new Metrics({}), []];
  recorder = new Recorder({
    stream: new EventStream(patientConnection(servers.redis.url, 'worker-1'), {
      group: RECORDER_GROUP,
      consumer: 'worker-1',
      alongside: [WEBHOOKS_GROUP],
    }),
    tidier: new EventTidier(redis, { ...TIDIED_EVENTS, keptMs: 0 }),
    read: readEvent,
    ledger: new RequestMetricsLedger(prisma),
    prepare: () => Promise.resolve(),
    metrics,
    logger: pino({ level: 'info' }, { write: (line) => void lines.push(line) }),
    tidyEveryMs: 20,
  });
  recorder.start();
});
afterEach(() => recorder.stop());

const tellMany = (count: number): Promise<void> =>
  tell(
    redis,
    Array.from({ length: count }, () => settledEventOf()),
  );

const rowsToBe = (count: number): Promise<true> =>
  eventually(
    `${String(count)} rows`,
    async () => ((await prisma.requestMetric.count()) === count ? true : null),
    { withinMs: 15_000 },
  );

const metric = async (line: string): Promise<string | undefined> =>
  (await metrics.registry.metrics())
    .split('\n')
    .find((text) => text.startsWith(`${line} `))
    ?.split(' ')
    .at(-1);

const lagToBe = (lag: string): Promise<true> =>
  eventually(`a lag of ${lag}`, async () =>
    (await metric('sluice_recorder_lag_entries')) === lag ? true : null,
  );

describe('a settlement that has its row', () => {
  it('stays in the stream until the dispatcher of webhooks has read it too, also when none runs yet', async () => {
    await tellMany(3);
    await rowsToBe(3);
    const dispatcher = await redis.xreadgroup(
      'GROUP',
      WEBHOOKS_GROUP,
      'dispatcher',
      'STREAMS',
      keys.events,
      '>',
    );
    const [[, entries]] = dispatcher as [[string, [string, string[]][]]];
    expect(entries).toHaveLength(3);
    await redis.xack(keys.events, WEBHOOKS_GROUP, ...entries.map(([id]) => id));
    await eventually('the stream to be empty', async () =>
      (await redis.xlen(keys.events)) === 0 ? true : null,
    );
  });
});

describe('while PostgreSQL hangs', () => {
  it('the recorder holds one batch and reads no more, says so within 12 s, and every row arrives once', async () => {
    await other.query('BEGIN; LOCK TABLE request_metrics IN ACCESS EXCLUSIVE MODE');
    await tellMany(2_000);
    await lagToBe('2000');
    let heldMax = 0;
    await eventually(
      'the warning',
      async () => {
        const [held] = await redis.xpending(keys.events, RECORDER_GROUP);
        heldMax = Math.max(heldMax, Number(held));
        return lines.length > 0 ? true : null;
      },
      { withinMs: 12_000 },
    );
    expect(heldMax).toBeGreaterThan(0);
    expect(heldMax).toBeLessThanOrEqual(500);
    await lagToBe('2000');
    await other.query('COMMIT');
    await rowsToBe(2_000);
    await lagToBe('0');
    expect(await metric('sluice_recorder_rows_total{result="written"}')).toBe('2000');
    expect(await metric('sluice_recorder_rows_total{result="duplicate"}')).toBe('0');
  }, 40_000);
});
