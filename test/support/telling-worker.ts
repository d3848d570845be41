import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import type { JobRecord } from '#common/contracts/job-record.js';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import {
  WEBHOOK_EVENTS,
  type WebhookDelivery,
  type WebhookEndpoint,
  type WebhookLogEntry,
} from '#common/contracts/webhook.js';
import type { PrismaClient } from '#common/database/prisma.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import { guardedDispatcher, type Lookup } from '#common/network/guarded-dispatcher.js';
import { Metrics } from '#common/observability/metrics.js';
import { WEBHOOK_QUEUE, WEBHOOK_QUEUE_OPTIONS, WebhookQueue } from '#common/queue/webhook-queue.js';
import { patientConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import { WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';
import { EventStream } from '../../apps/worker/src/telling/event-stream.js';
import { EventTidier } from '../../apps/worker/src/telling/event-tidier.js';
import { Backlogs } from '../../apps/worker/src/webhooks/backlogs.js';
import { DefaultSecrets } from '../../apps/worker/src/webhooks/default-secrets.js';
import { DeliverWebhook } from '../../apps/worker/src/webhooks/deliver-webhook.js';
import { Destinations } from '../../apps/worker/src/webhooks/destinations.js';
import { DispatchWebhooks } from '../../apps/worker/src/webhooks/dispatch-webhooks.js';
import { Dispatcher } from '../../apps/worker/src/webhooks/dispatcher.js';
import { WEBHOOKS_GROUP } from '../../apps/worker/src/telling/recorder.js';
import { EndpointHealth } from '../../apps/worker/src/webhooks/endpoint-health.js';
import { type LaneLimits, Lanes } from '../../apps/worker/src/webhooks/lanes.js';
import { PendingDeliveriesReader } from '../../apps/worker/src/webhooks/pending-deliveries.reader.js';
import { TenantMemory } from '../../apps/worker/src/webhooks/tenant-memory.js';
import { WebhookLog } from '../../apps/worker/src/webhooks/webhook-log.js';
import { WebhookProcessor } from '../../apps/worker/src/webhooks/webhook.processor.js';
import { WebhookSender } from '../../apps/worker/src/webhooks/webhook-sender.js';
import { settledEventOf, tell } from './settled-events.js';

export interface TellingPlan {
  readonly url: string;
  readonly prisma: PrismaClient;
  /** Short ones, so that a test sees many attempts. */
  readonly stepsMs?: readonly number[];
  /** `127.0.0.1` when not said. */
  readonly allowed?: string;
  readonly lookUp?: Lookup;
  readonly callMsMax?: number;
  readonly lanes?: LaneLimits;
}

export const QUICK_STEPS_MS: readonly number[] = Array.from({ length: 9 }, () => 20);

/** What sends webhooks in a worker with the role `tell`, without the process around it. */
export class TellingWorker {
  readonly metrics = new Metrics({});
  readonly redis: Redis;
  readonly directory: WebhookDirectory;
  private readonly connections: Redis[];
  private readonly dispatcher: Dispatcher;
  private readonly processor: WebhookProcessor;
  private readonly sender: WebhookSender;
  private isStopped = false;

  constructor({ url, prisma, stepsMs = QUICK_STEPS_MS, ...plan }: TellingPlan) {
    const connect = (): Redis => patientConnection(url, 'telling').on('error', () => undefined);
    const [redis, queue] = [connect(), connect()];
    this.redis = redis;
    this.connections = [redis, queue];
    const logger = pino({ level: 'silent' });
    const directory = new WebhookDirectory(redis);
    this.directory = directory;
    const log = new WebhookLog(redis);
    const { metrics } = this;
    this.dispatcher = new Dispatcher({
      stream: new EventStream(connect(), { group: WEBHOOKS_GROUP, consumer: `worker-${Math.random()}` }),
      tidier: new EventTidier(redis, { stream: keys.events, groups: [WEBHOOKS_GROUP] }),
      dispatch: new DispatchWebhooks({
        tenants: new TenantMemory(directory, 0),
        backlogs: new Backlogs(new PendingDeliveriesReader(prisma)),
        records: new JobRecords(redis),
        queue: new WebhookQueue(queue, () => undefined),
        log,
        metrics,
      }),
      metrics,
      logger,
    });
    this.sender = new WebhookSender(
      guardedDispatcher(AllowedHosts.parse(plan.allowed ?? '127.0.0.1').hosts, plan.lookUp),
      plan.callMsMax,
    );
    const deliver = new DeliverWebhook({
      destinations: new Destinations(
        directory,
        new DefaultSecrets(directory, new WebhookSecretsLedger(prisma), logger),
      ),
      sender: this.sender,
      lanes: new Lanes(plan.lanes),
      health: new EndpointHealth({ redis, directory, log, metrics }),
      log,
      metrics,
      logger,
      stepsMs,
    });
    this.processor = new WebhookProcessor({ connection: queue, deliver, logger });
    this.dispatcher.start();
  }

  async stop(drainMs = 0): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    await Promise.all([this.dispatcher.stop(), this.processor.stopPulling()]);
    await this.processor.drain(drainMs);
    await this.sender.close();
    for (const redis of this.connections) redis.disconnect();
  }
}

export const endpointOf = (url: string, changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  id: 'whe_1',
  url,
  events: [...WEBHOOK_EVENTS],
  disabled_because: null,
  secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  previous_secret: null,
  previous_until_ms: null,
  ...changes,
});

/** Jobs that have ended, with their records, as settlement leaves them. */
export async function endJobs(
  redis: Redis,
  count: number,
  changes: Partial<SettledEvent> = {},
): Promise<SettledEvent[]> {
  const events = Array.from({ length: count }, () => settledEventOf(changes));
  const pipeline = redis.pipeline();
  for (const event of events) pipeline.hset(keys.job(event.job_id), recordOf(event));
  await pipeline.exec();
  await tell(redis, events);
  return events;
}

function recordOf(event: SettledEvent): Record<string, string | number> {
  const { job_id, outcome, started_ms, worker_id, webhook: _, ...same } = event;
  const record = {
    ...same,
    id: job_id,
    priority: 'normal',
    deadline_ms: event.created_ms + 60_000,
    started_ms: started_ms ?? 0,
    worker_id: worker_id ?? '',
    deliveries: 1,
    outcome: JSON.stringify({ ...outcome, text: 'Hello' }),
  } satisfies Partial<Record<keyof JobRecord, unknown>>;
  return record;
}

export async function logOf(redis: Redis): Promise<WebhookLogEntry[]> {
  const entries = await redis.xrange(keys.webhookLog, '-', '+');
  return entries.map(([, fields]) => JSON.parse(fields[1] ?? '') as WebhookLogEntry);
}

export async function attemptsOf(redis: Redis): Promise<Extract<WebhookLogEntry, { kind: 'attempt' }>[]> {
  return (await logOf(redis)).filter((entry) => entry.kind === 'attempt');
}

/** How many deliveries the queue holds; those it remembers as delivered do not count. */
export async function queued(
  redis: Redis,
): Promise<Record<'waiting' | 'active' | 'delayed' | 'failed', number>> {
  const queue = new Queue<WebhookDelivery>(WEBHOOK_QUEUE, { ...WEBHOOK_QUEUE_OPTIONS, connection: redis });
  const { waiting = 0, active = 0, delayed = 0, failed = 0 } = await queue.getJobCounts();
  return { waiting, active, delayed, failed };
}
