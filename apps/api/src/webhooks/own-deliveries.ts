import { Refusal } from '#common/errors/refusal.js';
import { cursorOf, type DeliveryDetail, type DeliveryList, type DeliveryQuery } from './deliveries.schema.js';
import { viewAttempt, viewDelivery } from './delivery-views.js';
import { askWebhooks } from './webhook-database.js';
import type { DeliveryRow, WebhookDeliveriesLedger } from './webhook-deliveries.ledger.js';

const DELIVERY_ID = /^msg_[0-9a-f]{40}$/;

/** What a tenant was told, and what became of it; another tenant's deliveries are as unknown as those that never were. */
export class OwnDeliveries {
  constructor(private readonly ledger: WebhookDeliveriesLedger | null) {}

  /** Newest first. @throws Refusal dependency_unavailable. */
  async list(tenant: string, query: DeliveryQuery): Promise<DeliveryList> {
    const { limit, endpoint_id: endpointId, job_id: jobId, ...rest } = query;
    const filter = { ...rest, endpointId, jobId };
    const rows = await askWebhooks(this.ledger, (ledger) => ledger.list(tenant, filter, limit + 1));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      deliveries: page.map(viewDelivery),
      next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
    };
  }

  /** @throws Refusal webhook_delivery_not_found, dependency_unavailable. */
  async read(tenant: string, id: string): Promise<DeliveryDetail> {
    const row = await this.find(tenant, id);
    const attempts = await askWebhooks(this.ledger, (ledger) => ledger.attempts(id));
    return { ...viewDelivery(row), body: row.body, attempts_made: attempts.map(viewAttempt) };
  }

  /** @throws Refusal webhook_delivery_not_found, dependency_unavailable. */
  async find(tenant: string, id: string): Promise<DeliveryRow> {
    const row = await askWebhooks(this.ledger, async (ledger) =>
      DELIVERY_ID.test(id) ? ledger.find(tenant, id) : null,
    );
    if (row === null) throw new Refusal('webhook_delivery_not_found');
    return row;
  }
}
