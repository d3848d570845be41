import type { QueuePlace } from '../jobs/queue-place.js';
import type { StreamEvent } from './stream-event.js';

/** A job that is followed. Whoever gets it reads the events to their end, or lets the signal fire. */
export interface Streamed {
  readonly jobId: string;
  /** The request that made the job: an earlier one when the answer is a replay. */
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null when the queue cannot be read. */
  readonly place: QueuePlace | null;
  readonly events: AsyncGenerator<StreamEvent, void, undefined>;
}

/** A job that ends at its deadline is settled a little later, at worst by the sweeper. */
const SETTLED_WITHIN_MS = 60_000;

/** How long a job is followed, from what remains until its deadline. */
export const patienceMs = (remainingMs: number): number => Math.max(remainingMs, 0) + SETTLED_WITHIN_MS;
