import type { FastifyRequest } from 'fastify';
import { Refusal } from '#common/errors/refusal.js';
import type { Logger } from '#common/observability/logger.js';
import { clientAddress } from '../http/client-address.js';
import { onDatabase } from '../http/database-trouble.js';
import type { AdminAuditLedger, AuditEntry } from './admin-audit.ledger.js';
import type { AdminActor } from './admin.policy.js';
import { auditDetail } from './audit-detail.policy.js';

/** No admin write happens that is not recorded first. */
export class AdminAudit {
  private readonly begun = new WeakMap<FastifyRequest, bigint>();

  constructor(
    private readonly ledger: AdminAuditLedger | null,
    private readonly logger: Logger,
  ) {}

  /** Records a write that is about to happen. @throws Refusal dependency_unavailable: then it must not happen. */
  async begin(request: FastifyRequest, actor: AdminActor): Promise<void> {
    if (this.ledger === null) throw neverWithoutDatabase();
    const ledger = this.ledger;
    const row = ledger.begin(entryOf(request, actor));
    try {
      this.begun.set(request, await onDatabase(row));
    } catch (refusal) {
      // It may still be written, for a request that was refused meanwhile.
      row.then((id) => ledger.end(id, 503)).catch(() => undefined);
      throw refusal;
    }
  }

  /** Adds the status of the answer. The write has happened: a failure is only logged. */
  async end(request: FastifyRequest, status: number): Promise<void> {
    const id = this.begun.get(request);
    if (id === undefined || this.ledger === null) return;
    try {
      await onDatabase(this.ledger.end(id, status));
    } catch (error) {
      this.warn(request, error, 'the status of an admin write was not recorded');
    }
  }

  /** Records what needs no record to happen: signing in and out. Waits for nothing. */
  mention(request: FastifyRequest, actor: AdminActor, status: number): void {
    const ledger = this.ledger;
    if (ledger === null) return;
    ledger
      .begin(entryOf(request, actor))
      .then((id) => ledger.end(id, status))
      .catch((error: unknown) => {
        this.warn(request, error, 'a sign-in or sign-out was not recorded');
      });
  }

  private warn(request: FastifyRequest, error: unknown, message: string): void {
    const cause = error instanceof Refusal ? error.cause : error;
    this.logger.warn(
      { request_id: request.id, cause: cause instanceof Error ? cause.message : undefined },
      message,
    );
  }
}

export const neverWithoutDatabase = (): Refusal =>
  new Refusal('dependency_unavailable', {
    message: 'Admin writes are recorded in PostgreSQL: set DATABASE_URL.',
  });

function entryOf(request: FastifyRequest, actor: AdminActor): AuditEntry {
  const { params, query, body } = request;
  return {
    requestId: request.id,
    actor,
    address: clientAddress(request),
    action: `${request.method} ${request.routeOptions.url ?? ''}`,
    detail: auditDetail({ params, query, body }),
  };
}
