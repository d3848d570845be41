import type { Answer, GenerationTask } from '#common/contracts/generation.js';

/** What a backend said to one call. Trouble is a value here: a call never throws. */
export type CallOutcome =
  | { readonly kind: 'completed'; readonly answer: Answer }
  /** It found the request invalid (a 4xx that is not 408, 409, 425 or 429): another try would hear the same. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number | null }
  | {
      readonly kind: 'unavailable';
      readonly because: 'connection' | 'timeout' | 'server-error';
      /** What it answered over HTTP, for the log. */
      readonly status?: number;
    }
  /** It answered something that is no generation. */
  | { readonly kind: 'garbled' }
  /** Our signal fired before it answered. */
  | { readonly kind: 'aborted' };

export interface Backend {
  readonly id: string;
  readonly kind: 'simulator' | 'openai';
  /** Model names, or beginnings followed by `*`. */
  readonly models: readonly string[];
  /** Ends within 1 s of `signal` firing, whatever the backend does. */
  call(task: GenerationTask, signal: AbortSignal): Promise<CallOutcome>;
}
