import { wasNeverAccepted } from '#common/contracts/never-accepted.js';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import {
  deliveryId,
  type WebhookDelivery,
  webhookEventOf,
  type WebhookLogEntry,
} from '#common/contracts/webhook.js';
import type { WebhookQueue } from '#common/queue/webhook-queue.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { Backlogs } from './backlogs.js';
import { type Receiver, receiversOf } from './receivers.policy.js';
import type { TenantMemory } from './tenant-memory.js';
import { type Room, PENDING_MAX } from './room.policy.js';
import { bodyOf } from './webhook-body.js';
import type { WebhookLog } from './webhook-log.js';

/** Bodies may be large, and each receiver gets one: so many deliveries at a time, or those of one job. */
const DELIVERIES_MAX = 50;

export interface DispatchWebhooksParts {
  readonly tenants: TenantMemory;
  readonly backlogs: Pick<Backlogs, 'roomOf'>;
  readonly records: Pick<JobRecords, 'readMany'>;
  readonly queue: Pick<WebhookQueue, 'add'>;
  readonly log: WebhookLog;
  readonly metrics: Metrics;
}

interface Told {
  readonly event: SettledEvent;
  readonly receivers: readonly Receiver[];
}

/**
 * Makes deliveries of settlements. Repeating it doubles nothing that is still known: the same settlement makes the same ids, and the
 * queue and PostgreSQL keep what they have. The queue forgets what it has delivered after minutes; what is dispatched again
 * after that is delivered again, under the same `webhook-id`.
 */
export class DispatchWebhooks {
  constructor(private readonly parts: DispatchWebhooksParts) {}

  async execute(events: readonly SettledEvent[]): Promise<void> {
    const accepted = events.filter((event) => !wasNeverAccepted(event));
    const told = (await Promise.all(accepted.map((event) => this.withReceivers(event)))).filter(
      ({ receivers }) => receivers.length > 0,
    );
    for (let at = 0; at < told.length;) {
      const next = sliceOf(told, at);
      await this.dispatch(next);
      at += next.length;
    }
  }

  private async dispatch(told: readonly Told[]): Promise<void> {
    const { backlogs, records, queue, log, metrics } = this.parts;
    const found = await records.readMany(told.map(({ event }) => event.job_id));
    const made = told.flatMap(({ event, receivers }, index) => {
      const record = found[index] ?? null;
      const room = backlogs.roomOf(event.tenant);
      const told = { body: bodyOf(event, record, room === 'whole'), trace: record?.trace };
      return receivers.map((receiver) => ({ room, delivery: deliveryOf(event, receiver, told) }));
    });
    await queue.add(made.filter(({ room }) => room !== 'none').map(({ delivery }) => delivery));
    await log.append(made.flatMap(logged));
    const refused = made.filter(({ room }) => room === 'none').length;
    metrics.counter('sluice_webhook_attempts_total').inc({ result: 'refused' }, refused);
  }

  private async withReceivers(event: SettledEvent): Promise<Told> {
    const { tenants } = this.parts;
    const { tenant, webhook, status } = event;
    if (webhook !== null && !('endpoint_id' in webhook))
      return { event, receivers: receiversOf(webhook, webhookEventOf(status), []) };
    const find = (from: Awaited<ReturnType<TenantMemory['read']>>): Receiver[] =>
      receiversOf(webhook, webhookEventOf(status), from.endpoints);
    const receivers = find(await tenants.read(tenant));
    // An endpoint that a job names may be newer than what is remembered.
    if (webhook === null || receivers.length > 0) return { event, receivers };
    return { event, receivers: find(await tenants.readNow(tenant)) };
  }
}

interface Made {
  readonly room: Room;
  readonly delivery: WebhookDelivery;
}

/** What found no room is dead from its beginning, and can be replayed when the receivers answer. */
const logged = ({ room, delivery }: Made): WebhookLogEntry[] =>
  room === 'none' ? [{ kind: 'created', delivery }, deadEntry(delivery)] : [{ kind: 'created', delivery }];

const deadEntry = ({ id, round }: WebhookDelivery): WebhookLogEntry => ({
  kind: 'attempt',
  delivery_id: id,
  round,
  number: 1,
  at_ms: Date.now(),
  latency_ms: 0,
  response_status: null,
  error: `not sent: the tenant has ${PENDING_MAX} webhooks pending`,
  answer: null,
  status: 'dead',
  next_attempt_ms: null,
});

/** One settlement at least. */
function sliceOf(told: readonly Told[], from: number): readonly Told[] {
  let deliveries = 0;
  let to = from;
  do deliveries += told[to++]?.receivers.length ?? 0;
  while (to < told.length && deliveries + (told[to]?.receivers.length ?? 0) <= DELIVERIES_MAX);
  return told.slice(from, to);
}

const deliveryOf = (
  event: SettledEvent,
  receiver: Receiver,
  { body, trace }: Pick<WebhookDelivery, 'body' | 'trace'>,
): WebhookDelivery => ({
  id: deliveryId(event.job_id, receiver.endpoint_id ?? receiver.url),
  tenant: event.tenant,
  endpoint_id: receiver.endpoint_id,
  url: receiver.url,
  event: webhookEventOf(event.status),
  job_id: event.job_id,
  body,
  created_ms: event.settled_ms,
  round: 0,
  ...(trace === undefined ? {} : { trace }),
});
