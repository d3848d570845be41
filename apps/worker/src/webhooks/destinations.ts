import type { WebhookDelivery, WebhookEndpoint, WebhookSecret } from '#common/contracts/webhook.js';
import type { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import type { DefaultSecrets } from './default-secrets.js';

/** Where a delivery goes now. `unknown`: nothing can sign for it while PostgreSQL is away. */
export type Destination =
  | {
      readonly kind: 'known';
      readonly url: string;
      readonly secret: WebhookSecret;
      /** Null: the job named a URL. */
      readonly endpoint: WebhookEndpoint | null;
    }
  | { readonly kind: 'none'; readonly because: string }
  | { readonly kind: 'unknown' };

/** Looks up, just before it is sent, where a delivery goes and what signs it: owners change URLs and secrets. */
export class Destinations {
  constructor(
    private readonly directory: Pick<WebhookDirectory, 'read'>,
    private readonly secrets: DefaultSecrets,
  ) {}

  async of({ tenant, endpoint_id, url }: WebhookDelivery): Promise<Destination> {
    const { endpoints, defaultSecret } = await this.directory.read(tenant);
    if (endpoint_id === null) {
      const secret = defaultSecret ?? (await this.secrets.ensure(tenant));
      return secret === null ? { kind: 'unknown' } : { kind: 'known', url, secret, endpoint: null };
    }
    const endpoint = endpoints.find(({ id }) => id === endpoint_id);
    if (endpoint === undefined) return { kind: 'none', because: 'the endpoint was deleted' };
    if (endpoint.disabled_because !== null)
      return { kind: 'none', because: `the endpoint is disabled (${endpoint.disabled_because})` };
    return { kind: 'known', url: endpoint.url, secret: endpoint, endpoint };
  }
}
