import type { BackendCall } from '../backend/fake-backend.js';
import type { ReceivedDelivery } from '../backend/receivers.js';
import type { LedgerEntry } from '../client/ledger.js';
import type { Happened } from '../world/storm.js';

/** A job as Redis has it in the end. */
export interface StoredJob {
  readonly id: string;
  readonly status: string;
  /** The marker of the request that made it. */
  readonly marker: string;
  readonly deliveries: number;
  readonly attempts: number;
  readonly text: string | null;
  readonly errorCode: string | null;
  readonly hasWebhook: boolean;
}

/** What `GET /jobs/{id}` says to its caller. */
export interface SeenJob {
  readonly id: string;
  readonly httpStatus: number;
  readonly status: string;
  readonly text: string | null;
}

export interface Row {
  readonly jobId: string;
  readonly status: string;
}

/** Something that is held though nothing runs any more, and how much of it. */
export interface Leftover {
  readonly name: string;
  readonly count: number;
}

/** All that is known when a run has settled. */
export interface Evidence {
  readonly entries: readonly LedgerEntry[];
  readonly jobs: readonly StoredJob[];
  readonly seen: ReadonlyMap<string, SeenJob>;
  readonly rows: readonly Row[];
  /** How often each job's settlement was seen in the event stream. */
  readonly events: ReadonlyMap<string, number>;
  readonly calls: readonly BackendCall[];
  readonly deliveries: readonly ReceivedDelivery[];
  /** The webhook secrets of each user; null when webhooks are off. */
  readonly secrets: ReadonlyMap<string, string> | null;
  readonly leftovers: readonly Leftover[];
  readonly happened: readonly Happened[];
  readonly ownExits: readonly string[];
  readonly failedStarts: readonly string[];
  /** For how long this process itself could not go on, at most: what it timed may be too long by that. */
  readonly heldUpMs: number;
  /** Lines of the processes' logs that tell of a defect. */
  readonly defects: readonly string[];
}
