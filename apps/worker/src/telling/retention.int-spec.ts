import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { pino } from 'pino';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { Metrics } from '#common/observability/metrics.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { Retention } from './retention.js';
import { RETAINED_TABLES, RetentionLedger } from './retention.ledger.js';
import { Turn } from './turn.js';

const DAY_MS = 24 * 3_600_000;
const ROWS = 25;

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let client: pg.Client;
let running: Retention[];

beforeAll(async () => {
  servers = await startOwnServers();
  await servers.postgres.createDatabase('retention');
  const url = servers.postgres.url('retention');
  await migrateDeploy(url, migrationsDirectory());
  prisma = openPrisma(url, 4);
  client = new pg.Client({ connectionString: url });
  await client.connect();
  redis = new Redis(servers.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await client.end();
  await prisma.$disconnect();
  await servers.end();
});

beforeEach(async () => {
  await redis.flushall();
  await client.query(`TRUNCATE ${[...RETAINED_TABLES, 'admin_audit'].join(', ')}`);
  running = [];
});
afterEach(() => Promise.all(running.map((each) => each.stop())));

const INSERTS = [
  `INSERT INTO request_metrics (request_id, client_id, backend_id, model, processing_time_ms, input_tokens, output_tokens,
     success, "timestamp", job_id, tenant_id, pool, status, accepted_at, attempts)
   SELECT 'r', 'c', 'b', 'm', 1, 1, 1, true, $1, 'job' || n || $2, 't', 'p', 'completed', $1, 1 FROM generate_series(1, $3::int) n`,
  `INSERT INTO scaling_events (event_type, old_instances, new_instances, "timestamp")
   SELECT 'scale_up', 1, 2, $1 FROM generate_series(1, $3::int) n WHERE $2 <> ''`,
  `INSERT INTO work_history (pool, bucket_at, busy_slot_seconds, served, accepted)
   SELECT 'pool' || n || $2, $1, 1, 1, 1 FROM generate_series(1, $3::int) n`,
  `INSERT INTO webhook_deliveries (id, tenant, url, event, job_id, body, status, created_at)
   SELECT 'd' || n || $2, 't', 'u', 'e', 'j', 'b', 'dead', $1 FROM generate_series(1, $3::int) n`,
  `INSERT INTO webhook_attempts (id, delivery_id, round, number, at, latency_ms)
   SELECT 'a' || n || $2, 'd', 0, 1, $1, 1 FROM generate_series(1, $3::int) n`,
];

async function plant(ageDays: number, rows = ROWS): Promise<void> {
  const at = new Date(Date.now() - ageDays * DAY_MS);
  for (const insert of INSERTS) await client.query(insert, [at, `-${ageDays}`, rows]);
}

async function left(table: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
  return rows[0]?.n ?? Number.NaN;
}

const allLeft = async (): Promise<number[]> => {
  const counts: number[] = [];
  for (const table of RETAINED_TABLES) counts.push(await left(table));
  return counts;
};

/** How many rows each statement has deleted. */
const deletes: number[] = [];

function start(by: string, everyMs = 3_600_000): Metrics {
  const metrics = new Metrics({});
  const ledger = new RetentionLedger(prisma);
  const retention = new Retention({
    redis,
    turn: new Turn(redis, { key: keys.retention, by, heldMs: 2_000, everyMs }),
    ledger: {
      deleteOlder: async (table, before, atMost) => {
        const deleted = await ledger.deleteOlder(table, before, atMost);
        deletes.push(deleted);
        return deleted;
      },
    },
    keptMs: 90 * DAY_MS,
    metrics,
    logger: pino({ level: 'silent' }),
    lookEveryMs: 50,
    rowsAtOnce: 10,
  });
  running.push(retention);
  retention.start();
  return metrics;
}

const done = (): Promise<true> =>
  eventually(
    'the turn to be over',
    async () => ((await redis.get(keys.retention)) === 'done' ? true : null),
    {
      withinMs: 15_000,
    },
  );

describe('a row', () => {
  it('is deleted when its time has passed, in small statements, and no younger one and no audit with it', async () => {
    await plant(91);
    await plant(40);
    await plant(29);
    await client.query(
      `INSERT INTO admin_audit ("timestamp", request_id, actor, address, action, detail)
       VALUES ('2000-01-01', 'r', 'token', 'a', 'POST /x', '{}')`,
    );
    deletes.length = 0;
    const metrics = start('worker-1');
    await done();
    expect(await allLeft()).toEqual([2 * ROWS, 2 * ROWS, 2 * ROWS, ROWS, ROWS]);
    expect(await left('admin_audit')).toBe(1);
    expect(Math.max(...deletes)).toBeLessThanOrEqual(10);
    const text = await metrics.registry.metrics();
    for (const [table, rows] of [
      ['request_metrics', ROWS],
      ['webhook_deliveries', 2 * ROWS],
    ])
      expect(text).toContain(`sluice_retention_rows_total{table="${table}"} ${rows}\n`);
  });
});

describe('the turn to delete', () => {
  it('is one worker’s at a time, and nobody’s until the next hour', async () => {
    const turns = ['worker-1', 'worker-2'].map(
      (by) => new Turn(redis, { key: keys.retention, by, heldMs: 5_000, everyMs: 3_600_000 }),
    );
    const [first, second] = turns;
    expect([await first?.hold(), await second?.hold(), await first?.hold()]).toEqual([true, false, true]);
    await second?.finish();
    expect(await redis.get(keys.retention)).toBe('worker-1');
    await first?.finish();
    expect([await first?.hold(), await second?.hold()]).toEqual([false, false]);
    expect(await redis.pttl(keys.retention)).toBeGreaterThan(3_500_000);
  });

  it('passes to another worker when the one that had it vanished', async () => {
    await plant(91, 1);
    const dead = new Turn(redis, { key: keys.retention, by: 'dead', heldMs: 300, everyMs: 1_000 });
    expect(await dead.hold()).toBe(true);
    start('worker-2');
    await done();
    expect(await allLeft()).toEqual([0, 0, 0, 0, 0]);
  });
});
