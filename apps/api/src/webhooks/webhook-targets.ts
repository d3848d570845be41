import type { WebhookTarget } from '#common/contracts/webhook.js';
import { Refusal } from '#common/errors/refusal.js';
import { onRedis } from '#common/redis/on-redis.js';
import type { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import type { Identity } from '../identity/identity.js';
import { type Guard, judgeJobUrl } from './judge-webhook-url.js';
import type { AskedWebhook } from './webhook-url.schema.js';

/** The names under which a call says where its end is told. */
export interface WebhookParams {
  readonly url: string;
  readonly endpointId: string;
}

const IN_BODY: WebhookParams = { url: 'webhook_url', endpointId: 'webhook_endpoint_id' };

/** Where the end of a job is told, when its caller says so. */
export class WebhookTargets {
  constructor(
    private readonly directory: Pick<WebhookDirectory, 'endpoint'>,
    private readonly guard: Guard,
  ) {}

  /**
   * Undefined when the call names nothing: then Redis is not asked.
   * @throws Refusal scope_not_allowed, url_not_allowed, webhook_endpoint_not_found, invalid_value for an endpoint that is
   * disabled, dependency_unavailable.
   */
  async of(
    caller: Pick<Identity, 'tenant' | 'scopes'>,
    { webhook_url: url, webhook_endpoint_id: id }: AskedWebhook,
    params = IN_BODY,
  ): Promise<WebhookTarget | undefined> {
    if (url === undefined && id === undefined) return undefined;
    if (!caller.scopes.includes('webhooks')) {
      const message = 'Naming a webhook needs an API key with the scope webhooks.';
      throw new Refusal('scope_not_allowed', { message });
    }
    if (id !== undefined) return this.endpoint(caller.tenant, id, params.endpointId);
    return url === undefined ? undefined : { url: judgeJobUrl(url, this.guard, params.url) };
  }

  private async endpoint(tenant: string, id: string, param: string): Promise<WebhookTarget> {
    const endpoint = await onRedis(this.directory.endpoint(tenant, id));
    if (endpoint === null) throw new Refusal('webhook_endpoint_not_found', { param });
    if (endpoint.disabled_because !== null) {
      const message = `${param}: this endpoint is disabled (${endpoint.disabled_because}). Enable it with PATCH /webhooks/endpoints/${id}, or name another one.`;
      throw new Refusal('invalid_value', { param, message });
    }
    return { endpoint_id: endpoint.id };
  }
}
