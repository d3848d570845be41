import type { Answer, Endpoint } from '#common/contracts/generation.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import type { BackendRefusal } from '#common/contracts/outcome.js';

/** What a backend answered that is no generation. */
export type Garbled =
  | 'empty'
  | 'not-json'
  | 'wrong-type'
  | 'error-object'
  | 'no-generation'
  | 'oversized'
  | 'redirect'
  | 'truncated';

/** What a backend said to one call. Trouble is a value here: a call never throws. */
export type CallOutcome =
  | { readonly kind: 'completed'; readonly answer: Answer }
  /** It found the request invalid (a 4xx that is not 401, 403, 408, 409, 425 or 429): another try would hear the same. */
  | { readonly kind: 'refused'; readonly status: number; readonly refusal?: BackendRefusal }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null }
  | {
      readonly kind: 'unavailable';
      readonly because: 'connection' | 'timeout' | 'server-error';
      /** What it answered over HTTP, for the log. */
      readonly status?: number;
      readonly retryAfterMs?: number | null;
    }
  | { readonly kind: 'garbled'; readonly because: Garbled }
  /** Our signal fired before it answered. */
  | { readonly kind: 'aborted' };

/** A piece of a streamed answer. `chunk` is what came, in OpenAI's wire format: of tasks of shape `wire`. */
export interface Piece {
  readonly text: string;
  readonly chunk?: Readonly<Record<string, unknown>>;
}

export interface Backend {
  readonly id: string;
  readonly kind: 'simulator' | 'openai';
  /** What it can be asked. */
  readonly endpoints: readonly Endpoint[];
  /**
   * Ends within 1 s of `signal` firing, whatever the backend does. Of a streamed task `onPiece` hears every piece as it
   * comes, before the outcome; of another it hears nothing.
   */
  call(task: GenerationTask, signal: AbortSignal, onPiece: (piece: Piece) => void): Promise<CallOutcome>;
  /** One look at whether it lives, at most `timeoutMs` long. Null: there is nothing to look at. */
  check(timeoutMs: number): Promise<Checked | null>;
}

export interface Checked {
  readonly isWell: boolean;
  /** The models it names, where it does. */
  readonly models: readonly string[];
}
