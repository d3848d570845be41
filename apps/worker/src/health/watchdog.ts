const STUCK_MS = 60_000;

export interface WatchdogReading {
  /** Jobs that wait in the pool; null while unknown. */
  readonly queued: number | null;
  readonly freeSlots: number;
  readonly isPaused: boolean;
  readonly isDraining: boolean;
  readonly isCordoned: boolean;
}

/**
 * Notices a worker that lives but does not work: jobs wait, slots are free, and nothing has started for 60 s. Its
 * liveness then fails, so that whoever runs it starts it anew.
 */
export class Watchdog {
  private quietSince = performance.now();

  started(): void {
    this.quietSince = performance.now();
  }

  /** Called every few seconds. An unknown queue proves nothing, so the clock starts again. */
  look({ queued, freeSlots, isPaused, isDraining, isCordoned }: WatchdogReading): void {
    const shallWork = !isPaused && !isDraining && !isCordoned;
    if (queued === null || queued === 0 || freeSlots === 0 || !shallWork) this.started();
  }

  isStuck(): boolean {
    return performance.now() - this.quietSince > STUCK_MS;
  }
}
