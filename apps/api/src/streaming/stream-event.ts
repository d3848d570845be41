import type { WakeUp } from '#common/contracts/wake-up.js';
import type { Seen } from './event-id.js';

/** Tokens of a job, all that came since the event before. */
export interface Pieces extends Seen {
  readonly kind: 'pieces';
  /** What came before belongs to a run that was given up, and is void. */
  readonly isRestart: boolean;
  readonly text: string;
  /** Of jobs of shape `wire`: what came, in OpenAI's wire format. */
  readonly chunks?: readonly Readonly<Record<string, unknown>>[];
  /** With the first pieces of a run: who sends them. */
  readonly backend?: string;
  readonly model?: string;
}

/** What whoever follows a job is told. */
export type StreamEvent =
  | { readonly kind: 'status'; readonly status: 'queued' | 'running' }
  | Pieces
  /** The last event. */
  | { readonly kind: 'settled'; readonly settled: WakeUp }
  /** Nothing was told for a while. */
  | { readonly kind: 'silence' };
