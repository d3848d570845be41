import type { PrismaClient } from '#common/database/prisma.js';

export class PendingDeliveriesReader {
  constructor(private readonly prisma: PrismaClient) {}

  /** The tenants that have at least so many pending deliveries, with their number. */
  async atLeast(least: number): Promise<ReadonlyMap<string, number>> {
    const found = await this.prisma.$queryRaw<{ tenant: string; pending: number }[]>`
      SELECT tenant, count(*)::int4 AS pending
      FROM webhook_deliveries
      WHERE status = 'pending'
      GROUP BY tenant
      HAVING count(*) >= ${least}`;
    return new Map(found.map(({ tenant, pending }) => [tenant, pending]));
  }
}
