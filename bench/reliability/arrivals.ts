import { pace, poissonArrivals } from '#scripts/loadtest/arrivals.js';
import { RateProfile } from '#scripts/loadtest/rate-profile.js';
import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';

export interface Arrivals {
  readonly perSecond: number;
  readonly seconds: number;
  readonly dice: Dice;
}

/** An open loop: requests come as a Poisson process, whether earlier ones are answered or not. Answers in the order in which they were sent. */
export async function arrive<T>(
  { perSecond, seconds, dice }: Arrivals,
  send: () => Promise<T>,
): Promise<T[]> {
  const sent: Promise<T>[] = [];
  const dues = poissonArrivals(RateProfile.constant(perSecond, seconds), dice);
  await pace(dues, () => sent.push(send()));
  return Promise.all(sent);
}
