const LEASE_MS = 15_000;
const RENEW_EVERY_MS = 5_000;
/** Redis gives the lease to others 15 s after the last renewal; whoever has it stops well before. */
const ACT_MS_MAX = 10_000;
const LOOK_EVERY_MS = 250;

export interface BatchLeaseParts {
  /** Counts who has held the lease of this batch; greater than all before. */
  readonly epoch: number;
  /** Random, and no other holder's. */
  readonly holder: string;
  /** When it was asked for, by `performance.now()`. */
  readonly takenAt: number;
  /** Makes it last so long from now, or gives it back (0). False when it is somebody else's. */
  readonly keep: (ms: number) => Promise<boolean>;
}

/**
 * The right to work on a batch. It ends in this process 10 s after the last renewal was asked for, by a clock that goes on
 * while the process is frozen: whoever looks at `isHeld` before he acts never acts beside the next holder.
 */
export class BatchLease {
  private renewedAt: number;
  private isGone = false;
  private readonly ended = new AbortController();
  private readonly renewing: NodeJS.Timeout;
  private readonly looking: NodeJS.Timeout;

  constructor(private readonly parts: BatchLeaseParts) {
    this.renewedAt = parts.takenAt;
    this.renewing = setInterval(() => void this.renew(), RENEW_EVERY_MS);
    this.looking = setInterval(() => {
      if (!this.isHeld) this.lose();
    }, LOOK_EVERY_MS);
  }

  get epoch(): number {
    return this.parts.epoch;
  }

  get holder(): string {
    return this.parts.holder;
  }

  get isHeld(): boolean {
    return !this.isGone && performance.now() - this.renewedAt < ACT_MS_MAX;
  }

  /** Fires when the lease is lost or given back. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** So that the next one need not wait for its end. */
  async giveBack(): Promise<void> {
    const wasHeld = this.isHeld;
    this.lose();
    if (wasHeld) await this.parts.keep(0).catch(() => false);
  }

  private async renew(): Promise<void> {
    const askedAt = performance.now();
    try {
      if (await this.parts.keep(LEASE_MS)) this.renewedAt = askedAt;
      else this.lose();
    } catch {
      // Redis is away: the lease ends by itself, unless it comes back in time.
    }
  }

  private lose(): void {
    this.isGone = true;
    clearInterval(this.renewing);
    clearInterval(this.looking);
    this.ended.abort();
  }
}
