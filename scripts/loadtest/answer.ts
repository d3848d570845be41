import type { Drawn } from './mix.js';

export interface Generated {
  readonly workerId: string;
  readonly backendId: string;
  /** Null where the answer does not say. */
  readonly outputTokens: number | null;
}

export type Outcome =
  | ({ readonly kind: 'generated'; readonly status: string } & Generated)
  /** `status` is HTTP's, or a word for what else happened; `code` says more. */
  | { readonly kind: 'failed'; readonly status: string; readonly code: string }
  /** The test ended before the answer came. */
  | { readonly kind: 'cut' };

/**
 * What became of one request. Times are those of `performance.now()`. `dueAt` is when it should have been sent: what the caller
 * waits because the tester could not send is part of the latency, or the tester would hide what it is there to find
 * (coordinated omission; see the README of wrk2).
 */
export interface Answer {
  readonly request: Drawn;
  readonly dueAt: number;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly firstTokenAt: number | null;
  readonly gapsMs: readonly number[];
  readonly outcome: Outcome;
}
