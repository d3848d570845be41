import type { WebhookSecret } from '#common/contracts/webhook.js';
import type { WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';
import type { DefaultSecretView, SecretRotation } from './endpoints.schema.js';
import { askWebhooks } from './webhook-database.js';
import type { WebhookProjection } from './webhook-projection.js';

/** A tenant's default secret, which signs for jobs that name a URL of their own. */
export class DefaultSecret {
  constructor(
    private readonly ledger: WebhookSecretsLedger | null,
    private readonly projection: Pick<WebhookProjection, 'after'>,
  ) {}

  /** Made by whoever asks first. @throws Refusal dependency_unavailable. */
  async read(tenant: string): Promise<DefaultSecretView> {
    return this.told(tenant, await askWebhooks(this.ledger, (ledger) => ledger.ensure(tenant)));
  }

  /** @throws Refusal dependency_unavailable. */
  async rotate(tenant: string, { grace_seconds }: SecretRotation): Promise<DefaultSecretView> {
    const until = new Date(Date.now() + grace_seconds * 1_000);
    return this.told(tenant, await askWebhooks(this.ledger, (ledger) => ledger.rotate(tenant, until)));
  }

  private async told(tenant: string, secret: WebhookSecret): Promise<DefaultSecretView> {
    await this.projection.after((directory) => directory.putDefaultSecret(tenant, secret));
    const { previous_until_ms: untilMs } = secret;
    return { secret: secret.secret, previous_until: untilMs === null ? null : untilMs / 1_000 };
  }
}
