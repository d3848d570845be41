const POSTPONE_MS_MIN = 500;
/** Circuits may close earlier than they said, so nobody stays away for longer. */
const POSTPONE_MS_MAX = 10_000;

/**
 * How long a job that no backend can take stays out of the queue, in milliseconds: as long as the soonest backend needs,
 * twice as long each time it comes in vain, and up to half as long again by `dice` in [0, 1), so that not all come at once.
 */
export function postponeMs(inMs: number, times: number, dice: number): number {
  const patience = POSTPONE_MS_MIN * 2 ** Math.min(times, 10);
  return Math.floor(Math.min(POSTPONE_MS_MAX, Math.max(inMs, patience)) * (1 + dice / 2));
}
