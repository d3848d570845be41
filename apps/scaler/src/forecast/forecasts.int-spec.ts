import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { keys } from '#common/redis/keys.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { ForecastModelsLedger } from './forecast-models.ledger.js';
import { Forecasts } from './forecasts.js';
import { PoolForecast } from './pool-forecast.js';
import { WorkCounters } from './work-counters.js';
import { WorkHistoryLedger } from './work-history.ledger.js';
import { BUCKET_MS, BUCKETS_A_DAY, BUCKETS_A_WEEK, bucketOf } from './work-series.policy.js';

let servers: OwnServers;
let prisma: PrismaClient;
let redis: Redis;

/** The start of ten minutes, a Monday. */
const MONDAY = Date.parse('2026-06-01T00:00:00Z');
const at = (buckets: number, moreMs = 0): number => MONDAY + buckets * BUCKET_MS + moreMs;

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
});
afterAll(() => servers.end());

beforeEach(async () => {
  prisma = openPrisma(servers.postgres.url(), 2);
  redis = new Redis(servers.redis.url);
  await redis.flushall();
  await prisma.workHistory.deleteMany();
  await prisma.forecastModel.deleteMany();
});
afterEach(async () => {
  redis.disconnect();
  await prisma.$disconnect();
});

const open = (pool = 'default'): PoolForecast =>
  new PoolForecast({
    pool,
    counters: new WorkCounters(redis, pool),
    history: new WorkHistoryLedger(prisma),
    models: new ForecastModelsLedger(prisma),
  });

/** So much work as keeps `slots` busy for ten minutes, counted in two of their 10 s. */
async function work(buckets: number, slots: number): Promise<void> {
  for (const second of [0, 590]) {
    const key = `${keys.poolCounters('default')}:${String(at(buckets) / 1_000 + second)}`;
    await redis.hset(key, {
      completed: 6,
      served: 6,
      service_ms: slots * 300_000,
      'accepted:3': 6,
      'latency:9': 6,
    });
  }
}

const history = async (): Promise<(readonly [number, number])[]> =>
  (await prisma.workHistory.findMany({ orderBy: { bucketAt: 'asc' } })).map(
    ({ bucketAt, busySlotSeconds }) => [bucketAt.getTime(), busySlotSeconds] as const,
  );

/** Two weeks of a pool that is busy every other half hour of a working day, up to the start of `MONDAY`'s day 0. */
async function remember(pool: string, untilMs: number): Promise<void> {
  const from = bucketOf(untilMs) - 2 * BUCKETS_A_WEEK;
  const works = Array.from({ length: 2 * BUCKETS_A_WEEK }, (_, index) => {
    const isBusy = Math.floor(index / BUCKETS_A_DAY) % 7 < 5 && Math.floor(index / 3) % 2 === 0;
    return {
      at_ms: (from + index) * BUCKET_MS,
      busy_slot_seconds: isBusy ? 12_000 : 600,
      served: 1,
      accepted: 1,
    };
  });
  await new WorkHistoryLedger(prisma).record(pool, works);
}

describe('ten minutes of work', () => {
  it('become one row when they are over, from which the next ones are foreseen', async () => {
    await work(0, 4);
    const [forecast, another] = [open(), open()];
    for (const one of [forecast, forecast, another]) {
      await one.note(at(1, 5_000));
      await one.learn(at(1, 5_000));
    }
    expect(await history()).toEqual([[at(0), 2_400]]);
    expect(await prisma.workHistory.findFirst()).toMatchObject({ pool: 'default', served: 12, accepted: 12 });
    expect(await redis.exists(keys.scalerWork('default'))).toBe(0);
    const persistence = { offered_slots: 4, is_trusted: false, model: 'persistence' };
    expect(forecast.at(30, at(1, 5_000))).toEqual(persistence);
    // Of a pool without work as well: somebody looked, and there was none.
    await forecast.note(at(2, 5_000));
    await forecast.learn(at(2, 5_000));
    expect(forecast.at(30, at(2, 5_000))).toMatchObject({ offered_slots: 0 });
  });

  it('at whose end nobody looked in time have no row', async () => {
    await work(0, 4);
    const forecast = open();
    await forecast.note(at(1, 300_000));
    await forecast.learn(at(1, 300_000));
    expect(await history()).toEqual([]);
    expect(forecast.at(30, at(1, 300_000))).toBeNull();
  });

  it('wait in Redis while PostgreSQL is away, and are rows once each when it is back', async () => {
    const forecast = open();
    await work(0, 1);
    await forecast.note(at(1));
    await forecast.learn(at(1));
    await servers.postgres.stop();
    for (const buckets of [1, 2, 3]) {
      await work(buckets, 1 + buckets);
      await forecast.note(at(buckets + 1));
      await expect(forecast.learn(at(buckets + 1))).rejects.toThrow();
    }
    expect(forecast.at(30, at(3))).toMatchObject({ offered_slots: 1 });
    expect(forecast.at(30, at(3, 1))).toBeNull();
    await servers.postgres.restart();
    // Another scaler goes on with what the first one noted.
    const next = open();
    await eventually('PostgreSQL to be back', () =>
      next.learn(at(4)).then(
        () => true,
        () => null,
      ),
    );
    expect(await history()).toEqual([0, 1, 2, 3].map((buckets) => [at(buckets), 600 * (1 + buckets)]));
    expect(next.at(30, at(4))).toMatchObject({ offered_slots: 4 });
  });
});

describe('a backtest', () => {
  const tests = async () =>
    (await prisma.forecastModel.findMany({ orderBy: { model: 'asc' } })).map((row) => [
      row.model,
      row.isChosen,
      row.isTrusted,
      row.testedAt.getTime(),
    ]);

  it('finds the week that repeats itself, and what it found outlives the scaler until the next night', async () => {
    await remember('default', at(0));
    const forecast = open();
    await forecast.learn(at(0));
    expect(await tests()).toEqual([
      ['holt-winters', false, false, at(0)],
      ['last-week', true, true, at(0)],
      ['persistence', false, false, at(0)],
      ['weekday-median', false, false, at(0)],
      ['yesterday', false, false, at(0)],
    ]);
    // The first ten minutes of a working day are busy, after a quiet weekend.
    expect(forecast.at(30, at(0))).toEqual({ offered_slots: 20, is_trusted: true, model: 'last-week' });

    const next = open();
    await next.learn(at(0, 60_000));
    expect((await tests())[1]).toEqual(['last-week', true, true, at(0)]);
    expect(next.at(30, at(0))).toMatchObject({ is_trusted: true, model: 'last-week' });
    await next.learn(at(18));
    expect((await tests())[1]).toEqual(['last-week', true, true, at(18)]);
  });

  it('is made again for another lead, and until then nothing is trusted', async () => {
    await remember('default', at(0));
    const forecast = open();
    await forecast.learn(at(0));
    expect(forecast.at(900, at(0))).toMatchObject({ is_trusted: false });
    await forecast.learn(at(0, 1_000));
    expect(forecast.at(900, at(0))).toMatchObject({ is_trusted: true });
    expect((await prisma.forecastModel.findFirst())?.steps).toBe(3);
  });
});

describe('the forecasts of a scaler', () => {
  it('are those of its pools, once it leads', async () => {
    const nowMs = await readRedisTime(redis);
    await remember('default', nowMs);
    let isLeader = false;
    const forecasts = new Forecasts({
      redis,
      prisma,
      pools: ['default'],
      isLeader: () => isLeader,
      logger: pino({ level: 'silent' }),
      everyMs: 20,
    });
    forecasts.start();
    try {
      expect(forecasts.of('default', 30, nowMs)).toBeNull();
      isLeader = true;
      await eventually('the forecast of the model that was found', () =>
        forecasts.of('default', 30, nowMs)?.model === 'last-week' ? true : null,
      );
      expect(forecasts.of('other', 30, nowMs)).toBeNull();
    } finally {
      await forecasts.stop();
    }
  });
});
