import type { Redis } from 'ioredis';
import { mintEndpointId } from '#common/contracts/ids.js';
import { Refusal } from '#common/errors/refusal.js';
import { keys } from '#common/redis/keys.js';
import { onRedis } from '#common/redis/on-redis.js';
import { mintWebhookSecret } from '#common/webhooks/webhook-secrets.ledger.js';
import type {
  EndpointPatch,
  EndpointView,
  EndpointWithSecret,
  NewEndpoint,
  SecretRotation,
} from './endpoints.schema.js';
import { viewEndpoint } from './endpoint-views.js';
import { type Guard, judgeEndpointUrl } from './judge-webhook-url.js';
import { askWebhooks } from './webhook-database.js';
import {
  type EndpointRow,
  ENDPOINTS_MAX,
  type OwnEndpoint,
  type WebhookEndpointsLedger,
} from './webhook-endpoints.ledger.js';
import { putRow, type WebhookProjection } from './webhook-projection.js';

export interface ManageEndpointsParts {
  readonly ledger: WebhookEndpointsLedger | null;
  readonly projection: Pick<WebhookProjection, 'after'>;
  readonly redis: Redis;
  readonly guard: Guard;
}

const ENDPOINT_ID = /^whe_[0-9a-f-]{36}$/;

/**
 * What tenants do with their endpoints: PostgreSQL first, then Redis, from where workers have it at once. A change that is written
 * is never reported as failed: what Redis did not take is brought to it as soon as it answers. Throws Refusal
 * dependency_unavailable when PostgreSQL is away or not configured; then nothing is changed, or all of it at the second try.
 */
export class ManageEndpoints {
  constructor(private readonly parts: ManageEndpointsParts) {}

  /** @throws Refusal url_not_allowed, webhook_endpoints_full. */
  async create(tenant: string, asked: NewEndpoint): Promise<EndpointWithSecret> {
    const url = await judgeEndpointUrl(asked.url, this.parts.guard);
    const row = await askWebhooks(this.parts.ledger, (ledger) =>
      ledger.create({
        id: mintEndpointId(),
        tenant,
        url,
        description: asked.description ?? null,
        events: asked.events,
        secret: mintWebhookSecret(),
      }),
    );
    if (row === null) {
      const message = `You have ${ENDPOINTS_MAX} webhook endpoints, which is as many as you can have. Delete one.`;
      throw new Refusal('webhook_endpoints_full', { message });
    }
    await this.project(row);
    return { ...viewEndpoint(row, null), secret: row.secret };
  }

  /** Newest first. */
  async list(tenant: string): Promise<EndpointView[]> {
    const rows = await askWebhooks(this.parts.ledger, (ledger) => ledger.list(tenant));
    const marks = await this.failing(rows);
    return rows.map((row, index) => viewEndpoint(row, marks[index] ?? null));
  }

  /** @throws Refusal webhook_endpoint_not_found. */
  async read(own: OwnEndpoint): Promise<EndpointView> {
    return this.view(await this.find(own, (ledger) => ledger.find(own)));
  }

  /** @throws Refusal webhook_endpoint_not_found, url_not_allowed. */
  async change(own: OwnEndpoint, { url, is_enabled, ...patch }: EndpointPatch): Promise<EndpointView> {
    const judged = url === undefined ? undefined : await judgeEndpointUrl(url, this.parts.guard);
    const changes = { ...patch, url: judged, isEnabled: is_enabled };
    const row = await this.find(own, async (ledger) => {
      const beginsAnew = is_enabled === true || judged !== undefined;
      if (beginsAnew && (await ledger.find(own)) !== null) await this.forgetFailures(own.id);
      return ledger.change(own, changes);
    });
    await this.project(row);
    return this.view(row);
  }

  /** @throws Refusal webhook_endpoint_not_found. */
  async rotate(own: OwnEndpoint, { grace_seconds }: SecretRotation): Promise<EndpointWithSecret> {
    const until = new Date(Date.now() + grace_seconds * 1_000);
    const secret = mintWebhookSecret();
    const row = await this.find(own, (ledger) => ledger.rotate(own, secret, until));
    await this.project(row);
    // A rotation that came in between has its own answer.
    return { ...(await this.view(row)), secret };
  }

  /** @throws Refusal webhook_endpoint_not_found. */
  async delete(own: OwnEndpoint): Promise<void> {
    await this.find(own, async (ledger) => ((await ledger.delete(own)) ? own : null));
    await this.parts.projection.after((directory) => directory.remove(own.tenant, own.id));
  }

  private async find<T>(
    { id }: OwnEndpoint,
    question: (ledger: WebhookEndpointsLedger) => Promise<T | null>,
  ): Promise<T> {
    const found = ENDPOINT_ID.test(id) ? await askWebhooks(this.parts.ledger, question) : null;
    if (found === null) throw new Refusal('webhook_endpoint_not_found');
    return found;
  }

  private async project(row: EndpointRow): Promise<void> {
    await this.parts.projection.after((directory) => putRow(directory, row));
  }

  private async view(row: EndpointRow): Promise<EndpointView> {
    const [mark] = await this.failing([row]);
    return viewEndpoint(row, mark ?? null);
  }

  /** Since when each has only failed, Unix ms. */
  private async failing(rows: readonly EndpointRow[]): Promise<(string | null)[]> {
    if (rows.length === 0) return [];
    return onRedis(this.parts.redis.mget(rows.map(({ id }) => keys.webhookFailing(id))));
  }

  /** Before it is enabled or moved: otherwise one more failure would disable it again. */
  private async forgetFailures(id: string): Promise<void> {
    await onRedis(this.parts.redis.del(keys.webhookFailing(id)));
  }
}
