import type { AdminAudit as AuditRow, PrismaClient } from '#common/database/generated/client.js';
import { onDatabase } from '../http/database-trouble.js';
import { neverWithoutDatabase } from './admin-audit.js';
import type { AuditPage, AuditQuery } from './audit.schema.js';

/** What `admin_audit` says, newest first. */
export class AdminAuditReader {
  constructor(private readonly prisma: PrismaClient | null) {}

  /** @throws Refusal dependency_unavailable. */
  async newest({ limit, before }: AuditQuery): Promise<AuditPage> {
    if (this.prisma === null) throw neverWithoutDatabase();
    const rows = await onDatabase(
      this.prisma.adminAudit.findMany({
        where: before === undefined ? {} : { id: { lt: BigInt(before) } },
        orderBy: { id: 'desc' },
        take: limit + 1,
      }),
    );
    const entries = rows.slice(0, limit).map(viewEntry);
    return { entries, next_before: rows.length > limit ? (entries.at(-1)?.id ?? null) : null };
  }
}

const viewEntry = ({ id, timestamp, requestId, ...row }: AuditRow): AuditPage['entries'][number] => ({
  id: String(id),
  timestamp: timestamp.toISOString(),
  request_id: requestId,
  ...row,
});
