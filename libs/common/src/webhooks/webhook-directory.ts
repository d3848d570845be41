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
import { LuaScript } from '#common/redis/lua-script.js';
import { laterEndpoint, laterSecret } from './later-webhook.policy.js';

/** So many writers at once, of one field, are not a load but a defect. */
const TRIES_MAX = 20;

const replaceField = new LuaScript(new URL('./replace-field.lua', import.meta.url));

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

  /** One of them; null when Redis knows none of this id. */
  async endpoint(tenant: string, id: string): Promise<WebhookEndpoint | null> {
    const text = await this.redis.hget(keys.tenantWebhooks(tenant), id);
    return text === null ? null : (endpointField.safeParse(text).data ?? null);
  }

  /** Never over a later version, and never over a mark that disabled it, unless its owner has enabled it since. */
  async put(tenant: string, endpoint: WebhookEndpoint): Promise<void> {
    await this.replace(tenant, endpoint.id, (text) => {
      const held = text === null ? undefined : endpointField.safeParse(text).data;
      return laterEndpoint(held ?? null, endpoint);
    });
  }

  /** Never over a later version. */
  async putDefaultSecret(tenant: string, secret: WebhookSecret): Promise<void> {
    await this.replace(tenant, DEFAULT_SECRET_FIELD, (text) => {
      const held = text === null ? undefined : secretField.safeParse(text).data;
      return laterSecret(held ?? null, secret);
    });
  }

  async remove(tenant: string, endpointId: string): Promise<void> {
    await this.redis.hdel(keys.tenantWebhooks(tenant), endpointId);
  }

  /** Whether all of PostgreSQL was brought over since Redis was empty. */
  async isWhole(): Promise<boolean> {
    return (await this.redis.exists(keys.webhooksProjected)) === 1;
  }

  async noteWhole(): Promise<void> {
    await this.redis.set(keys.webhooksProjected, '1');
  }

  /** Whoever writes the field between our read and our write is read again. */
  private async replace(
    tenant: string,
    field: string,
    decide: (held: string | null) => unknown,
  ): Promise<void> {
    const key = keys.tenantWebhooks(tenant);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const held = await this.redis.hget(key, field);
      const decided = decide(held);
      if (decided === null) return;
      const args = [field, held ?? '', JSON.stringify(decided)];
      if ((await replaceField.run(this.redis, [key], args)) === 1) return;
    }
    throw new Error(`the field ${field} changed ${TRIES_MAX} times while it was replaced`);
  }
}
