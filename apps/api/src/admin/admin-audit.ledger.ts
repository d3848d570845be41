import type { PrismaClient } from '#common/database/generated/client.js';
import type { AdminActor } from './admin.policy.js';
import type { AuditDetail } from './audit-detail.policy.js';

/** One admin write, as far as it is known before it happens. */
export interface AuditEntry {
  readonly requestId: string;
  readonly actor: AdminActor;
  readonly address: string;
  /** Method and route, such as `POST /admin/keys`. */
  readonly action: string;
  readonly detail: AuditDetail;
}

const ACTION_CHARACTERS_MAX = 200;

/** The rows of `admin_audit`: one for each admin write, begun before it happens and ended by its answer. */
export class AdminAuditLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** Answers the row's id. */
  async begin({ action, detail, ...entry }: AuditEntry): Promise<bigint> {
    const { id } = await this.prisma.adminAudit.create({
      data: { ...entry, action: action.slice(0, ACTION_CHARACTERS_MAX), detail: { ...detail } },
      select: { id: true },
    });
    return id;
  }

  /** The first status of a row stays. */
  async end(id: bigint, status: number): Promise<void> {
    await this.prisma.adminAudit.updateMany({ where: { id, status: null }, data: { status } });
  }
}
