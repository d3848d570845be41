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
    await this.ensure(tenant);
    // One statement: of two rotations at once each takes over what the other has made.
    await this.prisma.$executeRaw`
      UPDATE webhook_secrets
      SET previous_secret = secret, previous_until = ${previousUntil}, secret = ${mintWebhookSecret()},
        version = version + 1, updated_at = now()
      WHERE tenant = ${tenant}`;
    return this.ensure(tenant);
  }

  /** In the order of tenants: those after this one whose secret has changed since then, at most so many. */
  async changedSince(
    since: Date,
    after: string,
    atMost: number,
  ): Promise<{ readonly tenant: string; readonly secret: WebhookSecret }[]> {
    const rows = await this.prisma.webhookSecret.findMany({
      where: { tenant: { gt: after }, updatedAt: { gte: since } },
      orderBy: { tenant: 'asc' },
      take: atMost,
    });
    return rows.map((row) => ({ tenant: row.tenant, secret: secretOf(row) }));
  }
}

export const secretOf = (row: {
  readonly secret: string;
  readonly previousSecret: string | null;
  readonly previousUntil: Date | null;
  readonly version: number;
}): WebhookSecret => ({
  secret: row.secret,
  previous_secret: row.previousSecret,
  previous_until_ms: row.previousUntil?.getTime() ?? null,
  version: row.version,
});
