import type { PrismaClient } from '#common/database/prisma.js';
import type { CountedWork } from './counted-work.policy.js';
import type { WorkBucket } from './work-series.policy.js';

/** The rows of `work_history`: what a pool did in ten minutes is written once, and never changed. */
export class WorkHistoryLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** All or none of them, in one statement; ten minutes that have a row already keep it. */
  async record(pool: string, works: readonly CountedWork[]): Promise<void> {
    if (works.length === 0) return;
    const column = (of: (work: CountedWork) => number): number[] => works.map(of);
    await this.prisma.$executeRaw`
      INSERT INTO work_history (pool, bucket_at, busy_slot_seconds, served, accepted)
      SELECT ${pool}, to_timestamp(at_ms / 1000), busy_slot_seconds, served, accepted
      FROM unnest(
        ${column(({ at_ms }) => at_ms)}::float8[],
        ${column(({ busy_slot_seconds }) => busy_slot_seconds)}::float8[],
        ${column(({ served }) => served)}::int4[],
        ${column(({ accepted }) => accepted)}::int4[]
      ) AS counted (at_ms, busy_slot_seconds, served, accepted)
      ON CONFLICT (pool, bucket_at) DO NOTHING`;
  }

  /** What is known of a pool from a moment on (Unix ms), the oldest first. */
  async since(pool: string, sinceMs: number): Promise<WorkBucket[]> {
    const rows = await this.prisma.workHistory.findMany({
      where: { pool, bucketAt: { gte: new Date(sinceMs) } },
      select: { bucketAt: true, busySlotSeconds: true },
      orderBy: { bucketAt: 'asc' },
    });
    return rows.map(({ bucketAt, busySlotSeconds }) => ({
      at_ms: bucketAt.getTime(),
      busy_slot_seconds: busySlotSeconds,
    }));
  }

  /** Of every pool, also of one that is configured no more. */
  async forgetBefore(beforeMs: number): Promise<void> {
    await this.prisma.workHistory.deleteMany({ where: { bucketAt: { lt: new Date(beforeMs) } } });
  }
}
