import type { DeliveryStatus } from '#common/contracts/webhook.js';
import { Refusal } from '#common/errors/refusal.js';
import type { WebhookQueue } from '#common/queue/webhook-queue.js';
import { onRedis } from '#common/redis/on-redis.js';
import { cursorOf, type ReplayedMany, type ReplayedOne, type ReplayRequest } from './deliveries.schema.js';
import { deliveryOf, statusOf } from './delivery-views.js';
import type { OwnDeliveries } from './own-deliveries.js';
import { askWebhooks } from './webhook-database.js';
import type { DeliveryRow, WebhookDeliveriesLedger } from './webhook-deliveries.ledger.js';
import type { EndpointRow, WebhookEndpointsLedger } from './webhook-endpoints.ledger.js';

const REPLAYED_MAX = 1_000;
/** A body has at most 256 KiB: so many are sent to Redis at once. */
const STEP_MAX = 20;
const WITHIN_MS = 5_000;

export interface ReplayDeliveriesParts {
  readonly deliveries: WebhookDeliveriesLedger | null;
  readonly endpoints: WebhookEndpointsLedger | null;
  readonly own: OwnDeliveries;
  readonly queue: Pick<WebhookQueue, 'add'>;
}

/** Where a delivery goes now. */
type Way =
  | { readonly kind: 'open'; readonly url: string | null }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'disabled' };

/**
 * Sends deliveries again: the same bytes under the same id, in a new round, to where their endpoint is now. A row becomes pending
 * before its delivery is queued, so that of two replays at once one is made. A delivery that is pending already gets no new
 * round: it is put into the queue if it is not there, so that repeating a replay is always safe.
 */
export class ReplayDeliveries {
  constructor(private readonly parts: ReplayDeliveriesParts) {}

  /** @throws Refusal webhook_delivery_not_found, webhook_endpoint_not_found, invalid_value, dependency_unavailable. */
  async one(tenant: string, id: string): Promise<ReplayedOne> {
    const row = await this.parts.own.find(tenant, id);
    const way = wayOf(row, await this.endpoints(tenant));
    refuseClosed(row, way);
    await this.replay([row], statusOf(row), way.url);
    const { round, status } = await this.parts.own.find(tenant, id);
    return { id, round, status: statusOf({ status }) };
  }

  /** At most 1,000 and for 5 s, oldest first; the cursor goes on. @throws Refusal webhook_endpoint_not_found, dependency_unavailable. */
  async many(tenant: string, asked: ReplayRequest): Promise<ReplayedMany> {
    const until = performance.now() + WITHIN_MS;
    const endpoints = await this.endpoints(tenant);
    const { endpoint_id: endpointId, status } = asked;
    if (endpointId !== undefined && !endpoints.has(endpointId))
      throw new Refusal('webhook_endpoint_not_found');
    let { cursor } = asked;
    const sum = { replayed: 0, skipped: 0 };
    while (sum.replayed + sum.skipped < REPLAYED_MAX && performance.now() < until) {
      const filter = { from: asked.from, to: asked.to, status, endpointId, cursor };
      const rows = await askWebhooks(this.parts.deliveries, (ledger) =>
        ledger.oldest(tenant, filter, STEP_MAX),
      );
      const replayed = await this.step(rows, status, endpoints);
      sum.replayed += replayed;
      sum.skipped += rows.length - replayed;
      cursor = rows.at(-1) ?? cursor;
      if (rows.length < STEP_MAX) return { ...sum, next_cursor: null };
    }
    return { ...sum, next_cursor: cursor === undefined ? null : cursorOf(cursor) };
  }

  private async step(
    rows: readonly DeliveryRow[],
    status: DeliveryStatus,
    endpoints: ReadonlyMap<string, EndpointRow>,
  ): Promise<number> {
    const byUrl = new Map<string | null, DeliveryRow[]>();
    for (const row of rows) {
      const way = wayOf(row, endpoints);
      if (way.kind === 'open') byUrl.set(way.url, [...(byUrl.get(way.url) ?? []), row]);
    }
    let replayed = 0;
    for (const [url, group] of byUrl) replayed += await this.replay(group, status, url);
    return replayed;
  }

  /** How many were put into the queue. */
  private async replay(
    rows: readonly DeliveryRow[],
    status: DeliveryStatus,
    url: string | null,
  ): Promise<number> {
    const { deliveries, queue } = this.parts;
    if (status === 'pending') {
      await onRedis(queue.add(rows.map((row) => deliveryOf({ ...row, url: url ?? row.url }))));
      return rows.length;
    }
    const ids = rows.map(({ id }) => id);
    const begun = await askWebhooks(deliveries, (ledger) => ledger.beginRound({ ids, status, url }));
    try {
      await onRedis(queue.add(begun.map(deliveryOf)));
    } catch (error) {
      const isBegun = new Set(begun.map(({ id }) => id));
      const before = rows.filter(({ id }) => isBegun.has(id));
      await askWebhooks(deliveries, (ledger) => ledger.takeBackRound(before));
      throw error;
    }
    return begun.length;
  }

  private async endpoints(tenant: string): Promise<ReadonlyMap<string, EndpointRow>> {
    const rows = await askWebhooks(this.parts.endpoints, (ledger) => ledger.list(tenant));
    return new Map(rows.map((row) => [row.id, row]));
  }
}

function wayOf({ endpointId }: DeliveryRow, endpoints: ReadonlyMap<string, EndpointRow>): Way {
  if (endpointId === null) return { kind: 'open', url: null };
  const endpoint = endpoints.get(endpointId);
  if (endpoint === undefined) return { kind: 'deleted' };
  return endpoint.disabledBecause === null ? { kind: 'open', url: endpoint.url } : { kind: 'disabled' };
}

function refuseClosed({ endpointId }: DeliveryRow, way: Way): asserts way is Way & { readonly kind: 'open' } {
  if (way.kind === 'open') return;
  if (way.kind === 'deleted') {
    const message = 'The endpoint of this delivery was deleted, so there is nowhere to send it to.';
    throw new Refusal('webhook_endpoint_not_found', { message });
  }
  const message = `The endpoint of this delivery is disabled. Enable it with PATCH /webhooks/endpoints/${endpointId}, then replay.`;
  throw new Refusal('invalid_value', { param: 'endpoint_id', message });
}
