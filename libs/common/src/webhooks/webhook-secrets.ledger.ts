import { randomBytes } from 'node:crypto';
import type { WebhookSecret } from '#common/contracts/webhook.js';
import type { PrismaClient } from '#common/database/prisma.js';

/** `whsec_` and base64 of 32 random bytes (Standard Webhooks 1.0). */
export const mintWebhookSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** The default secrets of tenants, in PostgreSQL. */
export class WebhookSecretsLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** The tenant's default secret; made now if there is none. Whoever else does so at once gets the same. */
  async ensure(tenant: string): Promise<WebhookSecret> {
    await this.prisma.webhookSecret.createMany({
      data: [{ tenant, secret: mintWebhookSecret() }],
      skipDuplicates: true,
    });
    const row = await this.prisma.webhookSecret.findUniqueOrThrow({ where: { tenant } });
    return secretOf(row);
  }

  /** A new secret; the one before signs as well until then. */
  async rotate(tenant: string, previousUntil: Date): Promise<WebhookSecret> {
    const { secret: previousSecret } = await this.ensure(tenant);
    const data = { secret: mintWebhookSecret(), previousSecret, previousUntil };
    return secretOf(await this.prisma.webhookSecret.update({ where: { tenant }, data }));
  }
}

export const secretOf = (row: {
  readonly secret: string;
  readonly previousSecret: string | null;
  readonly previousUntil: Date | null;
}): WebhookSecret => ({
  secret: row.secret,
  previous_secret: row.previousSecret,
  previous_until_ms: row.previousUntil?.getTime() ?? null,
});
