import { DISABLED_BECAUSE, WEBHOOK_EVENTS, type WebhookEndpoint } from '#common/contracts/webhook.js';
import type { PrismaClient, WebhookEndpoint as EndpointRow } from '#common/database/generated/client.js';
import { secretOf } from '#common/webhooks/webhook-secrets.ledger.js';

export type { EndpointRow };

export const ENDPOINTS_MAX = 50;

export interface NewEndpointRow extends Pick<
  EndpointRow,
  'id' | 'tenant' | 'url' | 'description' | 'secret'
> {
  readonly events: string[];
}

export interface EndpointChange {
  readonly url?: string | undefined;
  readonly events?: string[] | undefined;
  readonly description?: string | null | undefined;
  readonly isEnabled?: boolean | undefined;
}

/** An endpoint of a tenant. */
export interface OwnEndpoint {
  readonly tenant: string;
  readonly id: string;
}

/**
 * The rows of `webhook_endpoints`; one that is deleted stays as a row, so that its deletion comes to Redis. Throws what Prisma
 * throws when PostgreSQL is away.
 */
export class WebhookEndpointsLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** Null when the tenant has as many as it can have. */
  create(row: NewEndpointRow): Promise<EndpointRow | null> {
    return this.prisma.$transaction(async (prisma) => {
      // A tenant's creations take turns: otherwise each of many at once would find room for itself.
      await prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`webhooks ${row.tenant}`}, 0))`;
      const count = await prisma.webhookEndpoint.count({ where: { tenant: row.tenant, deletedAt: null } });
      return count >= ENDPOINTS_MAX ? null : prisma.webhookEndpoint.create({ data: row });
    });
  }

  /** Newest first. */
  list(tenant: string): Promise<EndpointRow[]> {
    return this.prisma.webhookEndpoint.findMany({
      where: { tenant, deletedAt: null },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
  }

  find({ tenant, id }: OwnEndpoint): Promise<EndpointRow | null> {
    return this.prisma.webhookEndpoint.findUnique({ where: { id, tenant, deletedAt: null } });
  }

  /** Null when there is none. */
  change(
    { tenant, id }: OwnEndpoint,
    { isEnabled, ...changes }: EndpointChange,
  ): Promise<EndpointRow | null> {
    return this.prisma.$transaction(async (prisma) => {
      // Held to the end: what is decided upon stays as it is.
      await prisma.$executeRaw`SELECT 1 FROM webhook_endpoints WHERE id = ${id} FOR UPDATE`;
      const row = await prisma.webhookEndpoint.findUnique({ where: { id, tenant, deletedAt: null } });
      if (row === null) return null;
      return prisma.webhookEndpoint.update({
        where: { id },
        data: {
          ...given(changes),
          ...moving(row, changes.url),
          ...enabling(row, isEnabled),
          version: row.version + 1,
        },
      });
    });
  }

  /** Gives it another secret; the one before signs as well until then. Null when there is none. */
  async rotate(
    { tenant, id }: OwnEndpoint,
    secret: string,
    previousUntil: Date,
  ): Promise<EndpointRow | null> {
    // One statement: of two rotations at once the later one keeps the secret of the earlier one.
    const count = await this.prisma.$executeRaw`
      UPDATE webhook_endpoints
      SET previous_secret = secret, previous_until = ${previousUntil}, secret = ${secret},
        version = version + 1, updated_at = now()
      WHERE id = ${id} AND tenant = ${tenant} AND deleted_at IS NULL`;
    return count === 0 ? null : this.find({ tenant, id });
  }

  /** Its secrets go with it. False when there is none. */
  async delete({ tenant, id }: OwnEndpoint): Promise<boolean> {
    const { count } = await this.prisma.webhookEndpoint.updateMany({
      where: { id, tenant, deletedAt: null },
      data: {
        deletedAt: new Date(),
        secret: '',
        previousSecret: null,
        previousUntil: null,
        version: { increment: 1 },
      },
    });
    return count > 0;
  }

  /** In the order of ids: those after this one that have changed since then, deleted ones too, at most so many. */
  changedSince(since: Date, after: string, atMost: number): Promise<EndpointRow[]> {
    return this.prisma.webhookEndpoint.findMany({
      where: { id: { gt: after }, updatedAt: { gte: since } },
      orderBy: { id: 'asc' },
      take: atMost,
    });
  }
}

/** A row as workers know it. What this release does not know of it is left out. */
export function endpointOf(row: EndpointRow): WebhookEndpoint {
  return {
    ...secretOf(row),
    id: row.id,
    url: row.url,
    events: WEBHOOK_EVENTS.filter((event) => row.events.includes(event)),
    disabled_because: DISABLED_BECAUSE.find((because) => because === row.disabledBecause) ?? null,
    enabled_version: row.enabledVersion,
  };
}

function given({ url, events, description }: Omit<EndpointChange, 'isEnabled'>) {
  return {
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { events }),
    ...(description === undefined ? {} : { description }),
  };
}

/** What a worker still says of the place before does not count for the new one. */
function moving({ url, disabledBecause, version }: EndpointRow, to: string | undefined) {
  const hasMoved = to !== undefined && to !== url && disabledBecause === null;
  return hasMoved ? { enabledVersion: version + 1 } : {};
}

function enabling({ disabledBecause, version }: EndpointRow, isEnabled: boolean | undefined) {
  if (isEnabled === undefined) return {};
  if (isEnabled) return { disabledBecause: null, disabledAt: null, enabledVersion: version + 1 };
  return disabledBecause === null ? { disabledBecause: 'owner', disabledAt: new Date() } : {};
}
