import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma } from '#common/database/prisma.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { Settlement } from '#common/settlement/settlement.js';
import { startWebhooks } from '../webhooks/start-webhooks.js';
import type { WorkerContext } from '../worker-context.js';
import { EventStream } from './event-stream.js';
import { EventTidier } from './event-tidier.js';
import { readEvent } from './read-event.js';
import { Recorder, RECORDER_GROUP, TIDIED_EVENTS, WEBHOOKS_GROUP } from './recorder.js';
import { RequestMetricsLedger } from './request-metrics.ledger.js';
import { Retention } from './retention.js';
import { RetentionLedger } from './retention.ledger.js';
import { Sweeper } from './sweeper.js';
import { Turn } from './turn.js';

const SWEEP_EVERY_MS = 5_000;
/** Longer than the longest statement: 10 s. */
const RETENTION_HELD_MS = 60_000;
const RETENTION_EVERY_MS = 3_600_000;
const DATABASE_CONNECTIONS_MAX = 4;

/** The role `tell`: records settlements, sends webhooks and sweeps up what nobody settled. Starts without PostgreSQL and waits for it. */
export function startTelling(context: WorkerContext, databaseUrl: string): void {
  const { config, connections, metrics, logger, shutdown, workerId, queues } = context;
  const prisma = openPrisma(databaseUrl, DATABASE_CONNECTIONS_MAX);
  const prepare = () =>
    migrateDeploy(databaseUrl, migrationsDirectory(), (migration) => {
      logger.warn({ migration }, 'a migration was edited after it was applied');
    });
  const recorder = new Recorder({
    stream: new EventStream(connections.events, {
      group: RECORDER_GROUP,
      consumer: workerId,
      // The dispatcher may start later, and misses nothing.
      alongside: [WEBHOOKS_GROUP],
    }),
    tidier: new EventTidier(connections.readings, TIDIED_EVENTS),
    read: readEvent,
    ledger: new RequestMetricsLedger(prisma),
    prepare,
    metrics,
    logger,
  });
  const sweeper = new Sweeper(
    {
      redis: connections.readings,
      records: new JobRecords(connections.readings),
      queues,
      settlement: new Settlement(connections.readings, config.retentionMs),
      metrics,
      logger,
    },
    SWEEP_EVERY_MS,
  );
  const retention = new Retention({
    redis: connections.readings,
    turn: new Turn(connections.readings, {
      key: keys.retention,
      by: workerId,
      heldMs: RETENTION_HELD_MS,
      everyMs: RETENTION_EVERY_MS,
    }),
    ledger: new RetentionLedger(prisma),
    keptMs: config.recordRetentionMs,
    metrics,
    logger,
  });
  recorder.start();
  retention.start();
  sweeper.start();
  startWebhooks(context, { prisma, prepare });
  shutdown.on('stop-intake', 'sweeper', () => sweeper.stop());
  shutdown.on('stop-intake', 'retention', () => retention.stop());
  shutdown.on('flush-records', 'recorder', () => recorder.stop());
  shutdown.on('close-connections', 'database', () => prisma.$disconnect());
}
