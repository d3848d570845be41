import type { RequestPlan } from './request-plan.js';

/** What a caller was told. `text` is the generated text, and `streamed` what its tokens made together. */
export type Told =
  | {
      readonly kind: 'completed';
      readonly jobId: string;
      readonly text: string;
      readonly streamed: string | null;
    }
  | { readonly kind: 'accepted'; readonly jobId: string }
  /** The job was accepted, and ended without an answer. */
  | { readonly kind: 'ended'; readonly jobId: string; readonly status: number; readonly code: string }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  /** The caller hung up, as was its intent. */
  | { readonly kind: 'left'; readonly jobId: string | null }
  /** The connection died, or the answer was none: perhaps accepted. */
  | { readonly kind: 'unknown'; readonly jobId: string | null; readonly because: string };

/** One try of a request. Times are of this process (`performance.now`). */
export interface Sending {
  readonly api: string;
  readonly sentMs: number;
  readonly tookMs: number;
  readonly told: Told;
}

/** What came of `DELETE /jobs/{id}`. */
export type CancelTold =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'final' }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string }
  | { readonly kind: 'unknown' };

export interface LedgerEntry {
  readonly plan: RequestPlan;
  readonly sendings: Sending[];
  readonly cancels: CancelTold[];
}

/** The job that this answer is an acknowledgement of; null when it is none. */
export const acknowledged = (told: Told): string | null =>
  told.kind === 'completed' || told.kind === 'accepted' || told.kind === 'ended' ? told.jobId : null;

/** Everything that was sent, by marker, and what was said to it. */
export class Ledger {
  readonly entries = new Map<string, LedgerEntry>();
  private readonly acknowledgedIds = new Set<string>();

  open(plan: RequestPlan): LedgerEntry {
    const entry: LedgerEntry = { plan, sendings: [], cancels: [] };
    this.entries.set(plan.marker, entry);
    return entry;
  }

  note(entry: LedgerEntry, sending: Sending): void {
    entry.sendings.push(sending);
    const jobId = acknowledged(sending.told);
    if (jobId !== null) this.acknowledgedIds.add(jobId);
  }

  /** How many jobs somebody was told of. */
  get acknowledgedCount(): number {
    return this.acknowledgedIds.size;
  }
}
