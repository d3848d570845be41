import { emptyLane, enterLane, type Lane, leaveLane } from './lane.policy.js';

/** So many calls of this process may be open to one receiver; to all of one tenant's; at all. */
const RECEIVER_MAX = 10;
const TENANT_MAX = 50;
export const CALLS_MAX = 200;

/** Lanes with nobody in them are forgotten when there are so many. */
const LANES_MAX = 5_000;

export type LaneEntry =
  { readonly kind: 'entered'; leave(): void } | { readonly kind: 'full'; readonly inMs: number };

export interface LaneLimits {
  readonly receiver: number;
  readonly tenant: number;
  readonly calls: number;
}

/**
 * One slow receiver fills its own lane, and one tenant with many slow receivers its own: nobody else waits for them. No tenant may hold
 * more calls than are free, so that n tenants with slow receivers leave one part in n + 1 to all others (dynamic thresholds: Choudhury
 * and Hahne 1998, "Dynamic queue length thresholds for shared-memory packet switches", with α = 1). Each process counts by itself.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private inFlight = 0;

  constructor(
    private readonly limits: LaneLimits = { receiver: RECEIVER_MAX, tenant: TENANT_MAX, calls: CALLS_MAX },
  ) {}

  enter(tenant: string, receiver: string): LaneEntry {
    const free = Math.max(1, this.limits.calls - this.inFlight);
    const places = [
      { name: `receiver ${tenant} ${receiver}`, limit: this.limits.receiver },
      { name: `tenant ${tenant}`, limit: Math.min(this.limits.tenant, free) },
    ];
    const arrival = { nowMs: performance.now(), dice: Math.random() };
    const entries = places.map(({ name, limit }) => {
      const lane = this.lanes.get(name) ?? emptyLane(arrival.nowMs);
      return { name, entry: enterLane(lane, { ...arrival, limit }) };
    });
    for (const { name, entry } of entries) {
      if (entry.kind === 'entered') continue;
      this.lanes.set(name, entry.lane);
      return { kind: 'full', inMs: entry.inMs };
    }
    for (const { name, entry } of entries) this.lanes.set(name, entry.lane);
    this.inFlight++;
    this.forgetEmpty();
    return { kind: 'entered', leave: () => this.leave(entries, performance.now() - arrival.nowMs) };
  }

  private leave(entered: readonly { readonly name: string }[], latencyMs: number): void {
    this.inFlight--;
    for (const { name } of entered) {
      const lane = this.lanes.get(name);
      if (lane !== undefined) this.lanes.set(name, leaveLane(lane, latencyMs, performance.now()));
    }
  }

  private forgetEmpty(): void {
    if (this.lanes.size <= LANES_MAX) return;
    for (const [name, lane] of this.lanes) if (lane.inFlight === 0) this.lanes.delete(name);
  }
}
