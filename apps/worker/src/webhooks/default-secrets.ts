import type { WebhookSecret } from '#common/contracts/webhook.js';
import type { Logger } from '#common/observability/logger.js';
import type { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import type { WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';

/** After PostgreSQL has failed it is left alone for so long. */
const REST_MS = 2_000;

/** The secrets that sign for URLs that jobs named: of Redis, else of PostgreSQL, which makes one for a tenant that has none. */
export class DefaultSecrets {
  private readonly asking = new Map<string, Promise<WebhookSecret | null>>();
  private restsUntil = 0;

  constructor(
    private readonly directory: Pick<WebhookDirectory, 'putDefaultSecret'>,
    private readonly ledger: Pick<WebhookSecretsLedger, 'ensure'>,
    private readonly logger: Logger,
  ) {}

  /** Of a tenant that has none in Redis. Null while PostgreSQL is away. */
  async ensure(tenant: string): Promise<WebhookSecret | null> {
    if (performance.now() < this.restsUntil) return null;
    const asked = this.asking.get(tenant) ?? this.ask(tenant).finally(() => this.asking.delete(tenant));
    this.asking.set(tenant, asked);
    return asked;
  }

  private async ask(tenant: string): Promise<WebhookSecret | null> {
    try {
      const secret = await this.ledger.ensure(tenant);
      await this.directory.putDefaultSecret(tenant, secret);
      return secret;
    } catch (error) {
      this.restsUntil = performance.now() + REST_MS;
      this.logger.debug({ err: error }, 'a secret for webhooks is not to be had; its deliveries wait');
      return null;
    }
  }
}
