import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino, type Logger } from 'pino';
import type { ScalingReport } from '#common/contracts/scaling.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { decisionOf, reportOf } from '../../../../test/support/scaling-reports.js';
import { DecisionCopy } from './decision-copy.js';
import { DecisionLog } from './decision-log.js';
import { ScalingEventsLedger } from './scaling-events.ledger.js';

let servers: OwnServers;
let prisma: PrismaClient;
let redis: Redis;
let copies: DecisionCopy[];
let lines: { level: number; decision_id?: string }[];
let logger: Logger;

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
});
afterAll(() => servers.end());

beforeEach(async () => {
  prisma = openPrisma(servers.postgres.url(), 2);
  redis = failFastConnection(servers.redis.url, 'test').on('error', () => {});
  await eventually('Redis', () => (redis.status === 'ready' ? true : null));
  await redis.flushall();
  await prisma.scalingEvent.deleteMany();
  [copies, lines] = [[], []];
  logger = pino(
    { level: 'info' },
    { write: (line) => void lines.push(JSON.parse(line) as { level: number }) },
  );
});
afterEach(async () => {
  await Promise.all(copies.map((copy) => copy.stop()));
  redis.disconnect();
  await prisma.$disconnect();
});

function copy(isLeader = () => true): DecisionCopy {
  const started = new DecisionCopy({
    redis,
    ledger: new ScalingEventsLedger(prisma),
    isLeader,
    logger,
    everyMs: 20,
  });
  copies.push(started);
  started.start();
  return started;
}

/** Reports of a pool that grows by one each time. */
const growth = (count: number, from = 0): ScalingReport[] =>
  Array.from({ length: count }, (_, at) =>
    reportOf(decisionOf({ action: 'up', current: from + at, desired: from + at + 1 }), {
      at_ms: 1_780_000_000_000 + 2_000 * (from + at),
    }),
  );

async function tell(reports: readonly ScalingReport[]): Promise<void> {
  const log = new DecisionLog(redis, logger);
  for (const report of reports) await log.append(report);
}

const numbers = async (): Promise<number[]> =>
  (await prisma.scalingEvent.findMany({ orderBy: { newInstances: 'asc' } })).map(
    ({ newInstances }) => newInstances,
  );
const rowsToBe = (count: number): Promise<unknown> =>
  eventually(
    `${String(count)} rows`,
    async () => ((await prisma.scalingEvent.count().catch(() => 0)) === count ? true : null),
    { withinMs: 15_000 },
  );
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe('a decision that changes the number of workers', () => {
  it('becomes one row with its reasons and the numbers behind it', async () => {
    await tell([reportOf(decisionOf({ action: 'down', current: 4, desired: 3, victims: ['w-1'] }))]);
    copy();
    await rowsToBe(1);
    expect(await prisma.scalingEvent.findFirst()).toMatchObject({
      eventType: 'scale_down',
      oldInstances: 4,
      newInstances: 3,
      timestamp: new Date(1_780_000_000_000),
      pool: 'default',
      policy: 'slo',
      mode: 'full',
      epoch: 3n,
      reasons: decisionOf().reasons,
      triggerMetrics: expect.objectContaining({
        queue_ready: 7,
        arrivals_per_second_fast: 2,
        cpu: null,
      }) as unknown,
      decisionId: expect.stringMatching(/^\d+-\d+$/) as unknown,
    });
  });

  it('is a row once, however often it is decided again and however many copy', async () => {
    const [first, second] = growth(2);
    if (first === undefined || second === undefined) throw new Error('two reports');
    const again = { ...first, at_ms: first.at_ms + 500 };
    await tell([first, again, again, second, reportOf(decisionOf({ current: 2 })), ...growth(250, 2)]);
    for (let copier = 0; copier < 3; copier++) copy();
    await rowsToBe(252);
    await eventually('all to be copied', async () => {
      const last = (await redis.xrevrange(keys.scalerDecisions, '+', '-', 'COUNT', 1))[0]?.[0];
      return (await redis.get(keys.scalerDecisionsCopied)) === last ? true : null;
    });
    expect(await numbers()).toEqual(upTo(252));
  });

  it('is copied by the scaler that acts alone, and the next one goes on where it stopped', async () => {
    let isLeader = false;
    let asked = 0;
    await tell(growth(3));
    const first = copy(() => {
      asked += 1;
      return isLeader;
    });
    await eventually('some turns of one that stands by', () => (asked > 3 ? true : null));
    expect(await numbers()).toEqual([]);
    isLeader = true;
    await rowsToBe(3);
    await first.stop();
    await prisma.scalingEvent.deleteMany();
    await tell(growth(2, 3));
    copy();
    await rowsToBe(2);
    expect(await numbers()).toEqual([4, 5]);
  });

  it('waits in the stream while PostgreSQL is away, and all rows arrive once each when it is back', async () => {
    copy();
    await tell(growth(2));
    await rowsToBe(2);
    await servers.postgres.stop();
    await tell(growth(230, 2));
    await eventually('the warning', () => (lines.length > 0 ? true : null));
    await servers.postgres.restart();
    await rowsToBe(232);
    await eventually('the line that it is back', () => (lines.length > 1 ? true : null));
    expect(await numbers()).toEqual(upTo(232));
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
  });

  it('that PostgreSQL refuses or nobody can read holds up no other', async () => {
    const [before, bad, after] = growth(3);
    if (before === undefined || bad === undefined || after === undefined) throw new Error('three reports');
    await tell([before, { ...bad, pool: 'p'.repeat(65) }]);
    await redis.xadd(
      keys.scalerDecisions,
      '*',
      'pool',
      'default',
      'action',
      'up',
      'news',
      '1',
      'report',
      '{"half":',
    );
    await tell([after]);
    copy();
    await rowsToBe(2);
    expect(await numbers()).toEqual([1, 3]);
    const told = lines.filter(({ decision_id }) => decision_id !== undefined).map(({ level }) => level);
    expect(told.sort()).toEqual([40, 50]);
  });
});

describe('the stream of decisions', () => {
  const entries = async () => (await redis.xrange(keys.scalerDecisions, '-', '+')).map(([, flat]) => flat);

  it('holds whole reports, and of a pool that does nothing one each 10 s', async () => {
    const quiet = Array.from({ length: 11 }, (_, at) =>
      reportOf(decisionOf(), { at_ms: 1_000 + 2_000 * at }),
    );
    await tell(quiet);
    const told = await entries();
    expect(told.map((flat) => (JSON.parse(flat[7] ?? '') as ScalingReport).at_ms)).toEqual([
      1_000, 11_000, 21_000,
    ]);
    expect(told[0]).toEqual([
      'pool',
      'default',
      'action',
      'hold',
      'news',
      '1',
      'report',
      JSON.stringify(quiet[0]),
    ]);
  });

  it('misses what was decided while Redis was away, of which nobody had to wait', async () => {
    const log = new DecisionLog(redis, logger);
    await servers.redis.freeze();
    try {
      const began = performance.now();
      await log.append(reportOf(decisionOf()));
      await log.append(reportOf(decisionOf()));
      expect(performance.now() - began).toBeLessThan(2_000);
    } finally {
      await servers.redis.thaw();
    }
    await eventually('the decision to be told at last', async () => {
      await log.append(reportOf(decisionOf()));
      return (await entries().catch(() => [])).length > 0 ? true : null;
    });
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
  });
});
