import type { Redis } from 'ioredis';
import {
  DEFAULT_SECRET_FIELD,
  type WebhookEndpoint,
  webhookEndpoint,
  type WebhookSecret,
  webhookSecret,
} from '#common/contracts/webhook.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';

const endpointField = jsonOf(webhookEndpoint);
const secretField = jsonOf(webhookSecret);

/** A tenant's receivers. `defaultSecret` is null until somebody has needed it. */
export interface TenantWebhooks {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly defaultSecret: WebhookSecret | null;
}

/** The receivers of webhooks as Redis has them: a projection of PostgreSQL, so that telling needs Redis alone. */
export class WebhookDirectory {
  constructor(private readonly redis: Redis) {}

  async read(tenant: string): Promise<TenantWebhooks> {
    const fields = await this.redis.hgetall(keys.tenantWebhooks(tenant));
    const { [DEFAULT_SECRET_FIELD]: secret, ...endpoints } = fields;
    return {
      // What cannot be read must not hide the others.
      endpoints: Object.values(endpoints).flatMap((text) => endpointField.safeParse(text).data ?? []),
      defaultSecret: secret === undefined ? null : (secretField.safeParse(secret).data ?? null),
    };
  }

  async put(tenant: string, endpoint: WebhookEndpoint): Promise<void> {
    await this.redis.hset(keys.tenantWebhooks(tenant), endpoint.id, JSON.stringify(endpoint));
  }

  async putDefaultSecret(tenant: string, secret: WebhookSecret): Promise<void> {
    await this.redis.hset(keys.tenantWebhooks(tenant), DEFAULT_SECRET_FIELD, JSON.stringify(secret));
  }

  async remove(tenant: string, endpointId: string): Promise<void> {
    await this.redis.hdel(keys.tenantWebhooks(tenant), endpointId);
  }
}
