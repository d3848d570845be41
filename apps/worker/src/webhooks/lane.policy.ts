/** What a process remembers of one receiver, or of one tenant. Times are of one clock, in milliseconds. */
export interface Lane {
  readonly inFlight: number;
  /** Mean time of a call, of which the last weighs most. */
  readonly latencyMs: number;
  /** When all that were sent back will have had their turn, if calls go on taking so long. */
  readonly freeAtMs: number;
}

export interface Arrival {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly dice: number;
  /** Most calls at a time. */
  readonly limit: number;
}

export type Entry =
  | { readonly kind: 'entered'; readonly lane: Lane }
  /** Come back in so many milliseconds. */
  | { readonly kind: 'full'; readonly lane: Lane; readonly inMs: number };

const LATENCY_MS_UNKNOWN = 500;
const LAST_WEIGHS = 0.3;
const WAIT_MS_MIN = 100;
/** Nobody is sent away for longer, because the receiver may be well again. */
const WAIT_MS_MAX = 60_000;

export const emptyLane = (nowMs: number): Lane => ({
  inFlight: 0,
  latencyMs: LATENCY_MS_UNKNOWN,
  freeAtMs: nowMs,
});

/**
 * Whether one more call may be made, else when to come back. Those that are sent back get turns one after the other, as far
 * apart as calls end, so that of many few come back in vain.
 */
export function enterLane(lane: Lane, { nowMs, dice, limit }: Arrival): Entry {
  if (lane.inFlight < limit) return { kind: 'entered', lane: { ...lane, inFlight: lane.inFlight + 1 } };
  const turnMs = Math.max(lane.freeAtMs, nowMs) + lane.latencyMs / limit;
  const freeAtMs = Math.min(turnMs, nowMs + WAIT_MS_MAX);
  const waitMs = Math.max(WAIT_MS_MIN, turnMs - nowMs);
  // Beyond the longest wait there are no turns; the dice keep them from coming back together.
  const inMs = waitMs <= WAIT_MS_MAX ? waitMs : WAIT_MS_MAX * (0.5 + 0.5 * dice);
  return { kind: 'full', lane: { ...lane, freeAtMs }, inMs: Math.round(inMs) };
}

export function leaveLane(lane: Lane, latencyMs: number, nowMs: number): Lane {
  const inFlight = Math.max(0, lane.inFlight - 1);
  return {
    inFlight,
    latencyMs: (1 - LAST_WEIGHS) * lane.latencyMs + LAST_WEIGHS * latencyMs,
    // Nobody is here: whoever comes now need not wait for those that were sent back.
    freeAtMs: inFlight === 0 ? nowMs : lane.freeAtMs,
  };
}
