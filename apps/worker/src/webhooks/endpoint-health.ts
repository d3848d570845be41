import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { DisabledBecause, WebhookEndpoint } from '#common/contracts/webhook.js';
import type { Metrics } from '#common/observability/metrics.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import type { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import type { WebhookLog } from './webhook-log.js';

const noteFailure = new LuaScript(new URL('./note-failure.lua', import.meta.url));
const noted = z.tuple([z.number(), z.number()]);

const DAY_MS = 24 * 3_600_000;
const FAILING_MS_MAX = 5 * DAY_MS;
/** Longer than the longest wait between two attempts. */
const FORGOTTEN_AFTER_MS = 7 * DAY_MS;

export interface EndpointHealthParts {
  readonly redis: Redis;
  readonly directory: Pick<WebhookDirectory, 'put'>;
  readonly log: WebhookLog;
  readonly metrics: Metrics;
}

/** Disables endpoints that say that they are gone, and those that have only failed for five days. */
export class EndpointHealth {
  constructor(private readonly parts: EndpointHealthParts) {}

  async succeeded({ id }: WebhookEndpoint): Promise<void> {
    await this.parts.redis.del(keys.webhookFailing(id));
  }

  async failed(tenant: string, endpoint: WebhookEndpoint): Promise<void> {
    const reply = await noteFailure.run(
      this.parts.redis,
      [keys.webhookFailing(endpoint.id)],
      [FORGOTTEN_AFTER_MS],
    );
    const [nowMs, sinceMs] = noted.parse(reply);
    if (nowMs - sinceMs >= FAILING_MS_MAX) await this.disable(tenant, endpoint, 'failing');
  }

  /**
   * The log first: what only Redis knew would be undone by the next copy of the row. Whoever ends between the two repeats the
   * attempt that led here.
   */
  async disable(tenant: string, endpoint: WebhookEndpoint, because: DisabledBecause): Promise<void> {
    const { log, directory, redis, metrics } = this.parts;
    const { id: endpoint_id, version } = endpoint;
    const about = { tenant, endpoint_id, because, at_ms: Date.now() };
    await log.append([{ kind: 'disabled', ...about, ...(version === undefined ? {} : { version }) }]);
    await directory.put(tenant, { ...endpoint, disabled_because: because });
    await redis.del(keys.webhookFailing(endpoint_id));
    metrics.counter('sluice_webhook_endpoints_disabled_total').inc({ because });
  }
}
