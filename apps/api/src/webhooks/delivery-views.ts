import { WEBHOOK_EVENTS, type WebhookEvent, type WebhookDelivery } from '#common/contracts/webhook.js';
import { DELIVERY_STATUSES, type DeliveryStatus } from '#common/contracts/webhook.js';
import type { AttemptView, DeliveryView } from './deliveries.schema.js';
import { secondsOf } from './endpoint-views.js';
import type { AttemptRow, DeliveryRow, DeliverySummary } from './webhook-deliveries.ledger.js';

export function viewDelivery(row: DeliverySummary): DeliveryView {
  return {
    id: row.id,
    status: statusOf(row),
    event: eventOf(row),
    job_id: row.jobId,
    endpoint_id: row.endpointId,
    url: row.url,
    round: row.round,
    attempts: row.attempts,
    created_at: row.createdAt.getTime() / 1_000,
    last_attempt_at: secondsOf(row.lastAttemptAt),
    next_attempt_at: secondsOf(row.nextAttemptAt),
    delivered_at: secondsOf(row.deliveredAt),
    response_status: row.responseStatus,
    error: row.error,
  };
}

export const viewAttempt = ({ deliveryId: _, id: _id, ...row }: AttemptRow): AttemptView => ({
  number: row.number,
  round: row.round,
  at: row.at.getTime() / 1_000,
  latency_ms: row.latencyMs,
  response_status: row.responseStatus,
  error: row.error,
  answer: row.answer,
});

/** A row as the queue has it: the same bytes under the same id. */
export const deliveryOf = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  tenant: row.tenant,
  endpoint_id: row.endpointId,
  url: row.url,
  event: eventOf(row),
  job_id: row.jobId,
  body: row.body,
  created_ms: row.createdAt.getTime(),
  round: row.round,
});

function eventOf({ event }: Pick<DeliveryRow, 'event'>): WebhookEvent {
  return WEBHOOK_EVENTS.find((known) => known === event) ?? unknown('event', event);
}

export function statusOf({ status }: Pick<DeliveryRow, 'status'>): DeliveryStatus {
  return DELIVERY_STATUSES.find((known) => known === status) ?? unknown('status', status);
}

function unknown(what: string, text: string): never {
  throw new TypeError(`a delivery has the ${what} ${text}, which this release does not know`);
}
