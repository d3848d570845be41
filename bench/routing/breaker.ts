import type { VirtualTime } from './virtual-time.js';

export type Availability = 'closed' | 'due' | 'open';

/** The circuit of one backend, shared by the fleet. */
export interface Breaker {
  availability(): Availability;
  /** Whether the caller is the one who may find out if the backend is back. */
  claimProbe(): boolean;
  report(isSuccess: boolean, isProbe: boolean): void;
}

const WINDOW_MS = 30_000;
const CALLS_MIN = 20;
const FAILED_SHARE = 0.5;
const CONNECTION_ERRORS_MAX = 5;
const OPEN_MS = 10_000;
const OPEN_MS_MAX = 120_000;
const JITTER = 0.2;

/** The rules of the fleet's circuits, as one object that every worker asks; failures are connection errors here. */
export class SharedBreaker implements Breaker {
  private calls: { readonly atMs: number; readonly isSuccess: boolean }[] = [];
  private failed = 0;
  private streak = 0;
  private openings = 0;
  private dueMs: number | null = null;
  private isProbed = false;

  constructor(
    private readonly time: VirtualTime,
    private readonly dice: () => number,
  ) {}

  availability(): Availability {
    if (this.dueMs === null) return 'closed';
    return this.isProbed || this.time.nowMs < this.dueMs ? 'open' : 'due';
  }

  claimProbe(): boolean {
    if (this.availability() !== 'due') return false;
    this.isProbed = true;
    return true;
  }

  report(isSuccess: boolean, isProbe: boolean): void {
    if (isProbe) return isSuccess ? this.close() : this.open();
    if (this.dueMs !== null) return;
    this.count(isSuccess);
    this.streak = isSuccess ? 0 : this.streak + 1;
    const isMostlyFailing = this.calls.length >= CALLS_MIN && this.failed / this.calls.length >= FAILED_SHARE;
    if (this.streak >= CONNECTION_ERRORS_MAX || isMostlyFailing) this.open();
  }

  private count(isSuccess: boolean): void {
    const { nowMs } = this.time;
    this.calls.push({ atMs: nowMs, isSuccess });
    if (!isSuccess) this.failed += 1;
    for (
      let oldest = this.calls[0];
      oldest !== undefined && oldest.atMs <= nowMs - WINDOW_MS;
      oldest = this.calls[0]
    ) {
      this.calls.shift();
      if (!oldest.isSuccess) this.failed -= 1;
    }
  }

  private open(): void {
    const jittered = OPEN_MS * 2 ** this.openings * (1 - JITTER + 2 * JITTER * this.dice());
    this.dueMs = this.time.nowMs + Math.min(OPEN_MS_MAX, jittered);
    this.openings += 1;
    this.isProbed = false;
  }

  private close(): void {
    this.dueMs = null;
    this.isProbed = false;
    this.openings = 0;
    this.streak = 0;
    this.calls = [];
    this.failed = 0;
  }
}
