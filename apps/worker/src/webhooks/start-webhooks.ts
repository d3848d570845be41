import type { PrismaClient } from '#common/database/prisma.js';
import { guardedDispatcher } from '#common/network/guarded-dispatcher.js';
import type { Metrics } from '#common/observability/metrics.js';
import { WebhookQueue } from '#common/queue/webhook-queue.js';
import { patientConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import { WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';
import { EventStream } from '../telling/event-stream.js';
import { EventTidier } from '../telling/event-tidier.js';
import { Recorder, type RecorderNames, TIDIED_EVENTS, WEBHOOKS_GROUP } from '../telling/recorder.js';
import type { WorkerContext } from '../worker-context.js';
import { Backlogs } from './backlogs.js';
import { DefaultSecrets } from './default-secrets.js';
import { DeliverWebhook } from './deliver-webhook.js';
import { Destinations } from './destinations.js';
import { DispatchWebhooks } from './dispatch-webhooks.js';
import { Dispatcher } from './dispatcher.js';
import { EndpointHealth } from './endpoint-health.js';
import { Lanes } from './lanes.js';
import { PendingDeliveriesReader } from './pending-deliveries.reader.js';
import { readLogEntry } from './read-log-entry.js';
import { TenantMemory } from './tenant-memory.js';
import { WebhookLog } from './webhook-log.js';
import { type LoggedWebhook, WebhookLogLedger } from './webhook-log.ledger.js';
import { WebhookProcessor } from './webhook.processor.js';
import { WebhookSender } from './webhook-sender.js';

export const WEBHOOK_RECORDER_GROUP = 'webhook-recorder';

/** Entries hold bodies of up to 256 KiB. */
const LOG_BATCH_MAX = 100;
const EVENT_BATCH_MAX = 200;

/** A call takes 15 s at most. */
const DRAIN_MS_MAX = 15_000;
const HAND_BACK_MS = 3_000;

export const LOG_NAMES: RecorderNames = {
  lag: 'sluice_webhook_log_lag_entries',
  rows: 'sluice_webhook_log_entries_total',
  waiting: 'what became of webhooks waits in Redis',
};

export interface Database {
  readonly prisma: PrismaClient;
  /** Makes sure that the tables exist. */
  readonly prepare: () => Promise<unknown>;
}

/** Dispatches, delivers and records webhooks. Redis alone is enough for the first two. */
export function startWebhooks(context: WorkerContext, database: Database): void {
  const { config, shutdown } = context;
  countFromZero(context.metrics);
  const dispatcher = dispatcherOf(context, database.prisma);
  const { processor, sender } = delivering(context, database.prisma);
  const recorder = recorderOf(context, database);
  dispatcher.start();
  recorder.start();
  const drainMs = Math.min(config.drainMs, DRAIN_MS_MAX);
  shutdown.on('stop-intake', 'dispatcher of webhooks', () => dispatcher.stop());
  shutdown.on('stop-intake', 'webhooks', () => processor.stopPulling());
  shutdown.on('drain-work', 'webhooks', () => processor.drain(drainMs), drainMs + HAND_BACK_MS);
  shutdown.on('flush-records', 'recorder of webhooks', () => recorder.stop());
  shutdown.on('close-connections', 'receivers', () => sender.close());
}

function countFromZero(metrics: Metrics): void {
  for (const result of ['delivered', 'failed', 'dead', 'postponed', 'handed-back', 'refused'])
    metrics.counter('sluice_webhook_attempts_total').inc({ result }, 0);
  for (const because of ['gone', 'failing'])
    metrics.counter('sluice_webhook_endpoints_disabled_total').inc({ because }, 0);
  for (const result of ['written', 'duplicate', 'rejected'])
    metrics.counter(LOG_NAMES.rows).inc({ result }, 0);
  metrics.histogram('sluice_webhook_delivery_seconds').zero({});
}

function dispatcherOf(
  { config, connections, workerId, metrics, logger }: WorkerContext,
  prisma: PrismaClient,
): Dispatcher {
  const { commands, queue } = connections;
  return new Dispatcher({
    stream: new EventStream(patientConnection(config.redisUrl, `${workerId}-webhooks`), {
      group: WEBHOOKS_GROUP,
      consumer: workerId,
      batchMax: EVENT_BATCH_MAX,
    }),
    tidier: new EventTidier(connections.readings, TIDIED_EVENTS),
    dispatch: new DispatchWebhooks({
      tenants: new TenantMemory(new WebhookDirectory(commands)),
      backlogs: new Backlogs(new PendingDeliveriesReader(prisma)),
      records: new JobRecords(commands),
      queue: new WebhookQueue(queue, (error) => {
        logger.debug({ err: error }, 'the queue of webhooks lost redis');
      }),
      log: new WebhookLog(commands),
      metrics,
    }),
    metrics,
    logger,
  });
}

function delivering(
  { config, connections, metrics, logger }: WorkerContext,
  prisma: PrismaClient,
): { processor: WebhookProcessor; sender: WebhookSender } {
  const { commands: redis, queue: connection } = connections;
  const directory = new WebhookDirectory(redis);
  const log = new WebhookLog(redis);
  const sender = new WebhookSender(guardedDispatcher(config.webhookHosts));
  const secrets = new DefaultSecrets(directory, new WebhookSecretsLedger(prisma), logger);
  const deliver = new DeliverWebhook({
    destinations: new Destinations(directory, secrets),
    sender,
    lanes: new Lanes(),
    health: new EndpointHealth({ redis, directory, log, metrics }),
    log,
    metrics,
    logger,
  });
  return { processor: new WebhookProcessor({ connection, deliver, logger }), sender };
}

function recorderOf(
  { config, connections, workerId, metrics, logger }: WorkerContext,
  { prisma, prepare }: Database,
): Recorder<LoggedWebhook> {
  return new Recorder({
    stream: new EventStream(patientConnection(config.redisUrl, `${workerId}-webhook-log`), {
      key: keys.webhookLog,
      rejectedKey: keys.rejectedWebhookLog,
      group: WEBHOOK_RECORDER_GROUP,
      consumer: workerId,
      batchMax: LOG_BATCH_MAX,
    }),
    tidier: new EventTidier(connections.readings, {
      stream: keys.webhookLog,
      groups: [WEBHOOK_RECORDER_GROUP],
    }),
    read: readLogEntry,
    ledger: new WebhookLogLedger(prisma),
    prepare,
    metrics,
    logger,
    names: LOG_NAMES,
  });
}
