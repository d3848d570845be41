import type { DeliveryStatus } from '#common/contracts/webhook.js';
import type {
  Prisma,
  PrismaClient,
  WebhookAttempt as AttemptRow,
  WebhookDelivery as DeliveryRow,
} from '#common/database/generated/client.js';
import type { Cursor } from './deliveries.schema.js';

export type { AttemptRow, DeliveryRow };
export type DeliverySummary = Omit<DeliveryRow, 'body'>;

export interface DeliveryFilter {
  readonly status?: DeliveryStatus | undefined;
  readonly endpointId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly event?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly cursor?: Cursor | undefined;
}

/** One more round of deliveries that have this status: they are pending, and go to `url`. */
export interface NewRound {
  readonly ids: readonly string[];
  readonly status: DeliveryStatus;
  /** Null: where they went so far. */
  readonly url: string | null;
}

const ATTEMPTS_MAX = 200;

/** The rows of `webhook_deliveries` and `webhook_attempts`, which workers write. Throws what Prisma throws when PostgreSQL is away. */
export class WebhookDeliveriesLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** Newest first, without bodies. */
  list(tenant: string, filter: DeliveryFilter, atMost: number): Promise<DeliverySummary[]> {
    return this.prisma.webhookDelivery.findMany({
      where: { ...whereOf(tenant, filter), ...past(filter.cursor, 'lt') },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: atMost,
      omit: { body: true },
    });
  }

  find(tenant: string, id: string): Promise<DeliveryRow | null> {
    return this.prisma.webhookDelivery.findUnique({ where: { id, tenant } });
  }

  /** The newest 200, oldest first. */
  async attempts(id: string): Promise<AttemptRow[]> {
    const rows = await this.prisma.webhookAttempt.findMany({
      where: { deliveryId: id },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      take: ATTEMPTS_MAX,
    });
    return rows.reverse();
  }

  /** Oldest first, with their bodies. */
  oldest(tenant: string, filter: DeliveryFilter, atMost: number): Promise<DeliveryRow[]> {
    return this.prisma.webhookDelivery.findMany({
      where: { ...whereOf(tenant, filter), ...past(filter.cursor, 'gt') },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: atMost,
    });
  }

  /** Those that became pending now; of two who begin a round at once, one gets each delivery. */
  beginRound({ ids, status, url }: NewRound): Promise<DeliveryRow[]> {
    return this.prisma.webhookDelivery.updateManyAndReturn({
      where: { id: { in: [...ids] }, status },
      data: {
        status: 'pending',
        round: { increment: 1 },
        attempts: 0,
        nextAttemptAt: new Date(),
        deliveredAt: null,
        ...(url === null ? {} : { url }),
      },
    });
  }

  /** Takes back a round that was not put into the queue, unless somebody has heard of it since. `before`: as they were. */
  async takeBackRound(before: readonly DeliveryRow[]): Promise<void> {
    await this.prisma.$transaction(
      before.map(({ id, round, attempts, status, url, nextAttemptAt, deliveredAt }) =>
        this.prisma.webhookDelivery.updateMany({
          where: { id, round: round + 1, status: 'pending' },
          data: { round, attempts, status, url, nextAttemptAt, deliveredAt },
        }),
      ),
    );
  }
}

function whereOf(tenant: string, filter: DeliveryFilter): Prisma.WebhookDeliveryWhereInput {
  const { status, endpointId, jobId, event, from, to } = filter;
  return {
    tenant,
    ...(status === undefined ? {} : { status }),
    ...(endpointId === undefined ? {} : { endpointId }),
    ...(jobId === undefined ? {} : { jobId }),
    ...(event === undefined ? {} : { event }),
    createdAt: { ...(from === undefined ? {} : { gte: from }), ...(to === undefined ? {} : { lt: to }) },
  };
}

/** What comes after a cursor, in either direction. */
function past(cursor: Cursor | undefined, direction: 'lt' | 'gt'): Prisma.WebhookDeliveryWhereInput {
  if (cursor === undefined) return {};
  const { createdAt, id } = cursor;
  const side = direction === 'lt' ? { lte: createdAt } : { gte: createdAt };
  return {
    AND: [
      // The index is read from here on.
      { createdAt: side },
      { OR: [{ createdAt: { [direction]: createdAt } }, { createdAt, id: { [direction]: id } }] },
    ],
  };
}
