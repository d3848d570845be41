import type { PendingDeliveriesReader } from './pending-deliveries.reader.js';
import { PENDING_WITH_RESULTS_MAX, type Room, roomFor } from './room.policy.js';

const COUNTED_EVERY_MS = 5_000;
/** What was counted longer ago says nothing any more. */
const BELIEVED_MS = 30_000;

/**
 * Which tenants have so many deliveries pending that one whose receivers hang could fill Redis with bodies. PostgreSQL counts, and
 * nobody waits for it: while it is away nobody is refused.
 */
export class Backlogs {
  private large: ReadonlyMap<string, number> = new Map();
  private countedMs = Number.NEGATIVE_INFINITY;
  private nextCountMs = Number.NEGATIVE_INFINITY;
  private isCounting = false;

  constructor(private readonly reader: Pick<PendingDeliveriesReader, 'atLeast'>) {}

  roomOf(tenant: string): Room {
    const nowMs = performance.now();
    if (nowMs >= this.nextCountMs && !this.isCounting) void this.count(nowMs);
    const isKnown = nowMs - this.countedMs <= BELIEVED_MS;
    return roomFor(isKnown ? (this.large.get(tenant) ?? 0) : null);
  }

  private async count(nowMs: number): Promise<void> {
    this.isCounting = true;
    this.nextCountMs = nowMs + COUNTED_EVERY_MS;
    try {
      this.large = await this.reader.atLeast(PENDING_WITH_RESULTS_MAX);
      this.countedMs = nowMs;
    } catch {
      // What was counted before is believed for a while.
    } finally {
      this.isCounting = false;
    }
  }
}
