/** What routing knows of a backend that may be called, under the model of the request. */
export interface BackendView {
  readonly id: string;
  readonly weight: number;
  /** Order of failover; the lowest is first. */
  readonly priority: number;
  /** Calls open there, over the whole fleet as far as it is known. */
  readonly active: number;
  readonly maxConnections: number;
  /** What this request is expected to cost there, in dollars; null when nobody knows. */
  readonly costUsd: number | null;
  /** Peak-EWMA of the time a call takes, in milliseconds; null before the first answer. */
  readonly latencyMs: number | null;
  /** What a call takes there while it has room, in milliseconds; null before the first answer. */
  readonly baseLatencyMs: number | null;
  /** Share of calls that succeeded lately, 0 to 1 (EWMA). 1 before the first. */
  readonly success: number;
  /** How many calls at once it takes without getting slower, learnt from calls; null before anything is known. */
  readonly capacity: number | null;
}

export interface RoutingRequest {
  /** Jobs with the same key prefer the same backend. */
  readonly key: string | undefined;
  /** How many requests this worker has routed for this model before. */
  readonly turn: number;
  /** Two independent numbers in [0, 1). */
  readonly dice: readonly [number, number];
}
