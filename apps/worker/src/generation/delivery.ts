import type { GenerationTask } from '#common/contracts/generation.js';
import type { ErrorCode } from '#common/errors/catalogue.js';
import type { JobRef } from '#common/settlement/settlement.js';

/** One delivery of a job by its queue. */
export interface Delivery {
  readonly job: JobRef;
  readonly task: GenerationTask;
  /** How often the queue has delivered it before. */
  readonly times: number;
  /** The span that queued it, as W3C's traceparent. */
  readonly trace?: string | undefined;
}

/**
 * `failed`: settled as failed, or left to the sweeper for it. `handed-back`: the queue shall deliver the job again; `postponed`: not before so long, because no
 * backend can take it now.
 */
export type Ran =
  | { readonly kind: 'closed' }
  | { readonly kind: 'handed-back' }
  | { readonly kind: 'postponed'; readonly inMs: number }
  | { readonly kind: 'failed'; readonly because: ErrorCode };
