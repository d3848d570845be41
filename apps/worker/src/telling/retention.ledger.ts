import type { PrismaClient } from '#common/database/generated/client.js';

/** What is deleted when it is old enough. `admin_audit` is nowhere in it: who changed what is kept. */
export const RETAINED_TABLES = [
  'request_metrics',
  'scaling_events',
  'work_history',
  'webhook_attempts',
  'webhook_deliveries',
] as const;
export type RetainedTable = (typeof RETAINED_TABLES)[number];

/** Deletes rows by their age, a few at a time: no statement holds many locks, or long. */
export class RetentionLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** Deletes at most so many of the rows that are older than that, oldest first, and answers how many. */
  async deleteOlder(table: RetainedTable, before: Date, atMost: number): Promise<number> {
    const { prisma } = this;
    switch (table) {
      case 'request_metrics':
        return prisma.$executeRaw`DELETE FROM request_metrics WHERE id IN (
          SELECT id FROM request_metrics WHERE "timestamp" < ${before} ORDER BY "timestamp" LIMIT ${atMost}
          FOR UPDATE SKIP LOCKED)`;
      case 'scaling_events':
        return prisma.$executeRaw`DELETE FROM scaling_events WHERE id IN (
          SELECT id FROM scaling_events WHERE "timestamp" < ${before} ORDER BY "timestamp" LIMIT ${atMost}
          FOR UPDATE SKIP LOCKED)`;
      case 'work_history':
        return prisma.$executeRaw`DELETE FROM work_history WHERE (pool, bucket_at) IN (
          SELECT pool, bucket_at FROM work_history WHERE bucket_at < ${before} ORDER BY bucket_at LIMIT ${atMost}
          FOR UPDATE SKIP LOCKED)`;
      case 'webhook_attempts':
        return prisma.$executeRaw`DELETE FROM webhook_attempts WHERE id IN (
          SELECT id FROM webhook_attempts WHERE at < ${before} ORDER BY at LIMIT ${atMost}
          FOR UPDATE SKIP LOCKED)`;
      case 'webhook_deliveries':
        return prisma.$executeRaw`DELETE FROM webhook_deliveries WHERE id IN (
          SELECT id FROM webhook_deliveries
          WHERE created_at < ${before} AND (next_attempt_at IS NULL OR next_attempt_at < ${before})
          ORDER BY created_at LIMIT ${atMost}
          FOR UPDATE SKIP LOCKED)`;
    }
  }
}
