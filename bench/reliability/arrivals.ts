import { setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';

export interface Arrivals {
  readonly perSecond: number;
  readonly seconds: number;
  readonly dice: Dice;
}

/**
 * An open loop: requests come as a Poisson process, whether earlier ones are answered or not. What came late, because this
 * process was busy, is sent at once. Answers in the order in which they were sent.
 */
export async function arrive<T>(
  { perSecond, seconds, dice }: Arrivals,
  send: () => Promise<T>,
): Promise<T[]> {
  const sent: Promise<T>[] = [];
  const began = performance.now();
  let dueMs = 0;
  for (;;) {
    dueMs += (-Math.log(1 - dice()) * 1_000) / perSecond;
    if (dueMs > seconds * 1_000) return Promise.all(sent);
    const early = began + dueMs - performance.now();
    if (early > 0) await pause(early);
    sent.push(send());
  }
}
