import type { PrismaClient } from '#common/database/prisma.js';

export class PendingDeliveriesReader {
  constructor(private readonly prisma: PrismaClient) {}

  /** How many deliveries of a tenant are pending; `max` for as many and for more. */
  async count(tenant: string, max: number): Promise<number> {
    const [found] = await this.prisma.$queryRaw<{ pending: number }[]>`
      SELECT count(*)::int4 AS pending
      FROM (SELECT 1 FROM webhook_deliveries WHERE tenant = ${tenant} AND status = 'pending' LIMIT ${max}) AS counted`;
    return found?.pending ?? 0;
  }
}
