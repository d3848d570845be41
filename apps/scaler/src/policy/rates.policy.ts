import type { PoolReading } from './scaling.js';

type Arrivals = NonNullable<PoolReading['arrivals']>;

/** Jobs per second, as far as several windows together can tell. */
export interface Rates {
  /** That come now: what a backlog is projected with. */
  readonly now: number;
  /** That the fleet has to be good for. */
  readonly steady: number;
  /** Below which it is not thought to have fallen: what steps down are decided by. */
  readonly cautious: number;
}

const WINDOWS_S = { latest: 6, fast: 20, slow: 180 } as const;
/** A rise is believed up to this many standard deviations below what was counted. */
const DOUBT = 0.9;
/** A fall is believed when chance would need this many standard deviations for it. */
const FALLEN = 3;

/**
 * A short window sees a wave soonest and says least about it, so it counts by its lower bound. A long one that the short
 * one contradicts speaks of a time that is over. Arrivals are taken for a Poisson process: of n that were counted, √n is chance.
 */
export function ratesOf({ latest, fast, slow, slower }: Arrivals): Rates {
  const now = Math.max(fast, surely(latest, WINDOWS_S.latest));
  if (hasFallen(fast, slow, WINDOWS_S.fast)) return { now, steady: fast, cautious: fast };
  const steady = Math.max(slow, surely(fast, WINDOWS_S.fast));
  return { now, steady, cautious: hasFallen(slow, slower, WINDOWS_S.slow) ? slow : Math.max(slow, slower) };
}

const surely = (perSecond: number, windowS: number): number =>
  perSecond - DOUBT * Math.sqrt(perSecond / windowS);

function hasFallen(perSecond: number, before: number, windowS: number): boolean {
  const expected = before * windowS;
  return (expected - perSecond * windowS) / Math.sqrt(expected + 1) > FALLEN;
}
