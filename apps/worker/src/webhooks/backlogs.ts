import type { PendingDeliveriesReader } from './pending-deliveries.reader.js';
import { PENDING_MAX, type Room, roomFor } from './room.policy.js';

const COUNTED_EVERY_MS = 5_000;
const TENANTS_MAX = 1_000;

interface Backlog {
  /** As PostgreSQL had it, and what this process has added since. */
  pending: number;
  nextCountMs: number;
}

/**
 * How many deliveries are pending for each tenant, so that one whose receivers hang cannot fill Redis with bodies. Nobody waits for
 * PostgreSQL: while it does not answer, what it said last counts, and what was added since.
 */
export class Backlogs {
  private readonly tenants = new Map<string, Backlog>();

  constructor(private readonly reader: Pick<PendingDeliveriesReader, 'count'>) {}

  /** Of a tenant's next delivery, which is counted unless there is none. */
  take(tenant: string): Room {
    const backlog = this.of(tenant);
    const room = roomFor(backlog.pending);
    if (room !== 'none') backlog.pending++;
    return room;
  }

  private of(tenant: string): Backlog {
    if (this.tenants.size >= TENANTS_MAX) this.tenants.clear();
    const backlog = this.tenants.get(tenant) ?? { pending: 0, nextCountMs: 0 };
    this.tenants.set(tenant, backlog);
    if (performance.now() >= backlog.nextCountMs) {
      backlog.nextCountMs = performance.now() + COUNTED_EVERY_MS;
      void this.count(tenant, backlog);
    }
    return backlog;
  }

  private async count(tenant: string, backlog: Backlog): Promise<void> {
    const before = backlog.pending;
    const pending = await this.reader.count(tenant, PENDING_MAX).catch(() => null);
    if (pending !== null) backlog.pending += pending - before;
  }
}
