import { setImmediate as letOthers, setTimeout as pause } from 'node:timers/promises';
import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { RateProfile } from './rate-profile.js';

/** So many in one go, when this process is late, before answers are looked at. */
const IN_ONE_GO_MAX = 64;

/** When arrivals are due, in milliseconds from the beginning: as evenly as the profile allows. */
export function* evenArrivals(profile: RateProfile): Generator<number> {
  for (let count = 0; count < profile.total; count += 1) yield profile.secondsOf(count) * 1_000;
}

/**
 * A Poisson process whose rate follows the profile: exponential gaps of a process of rate 1, mapped through the inverse of the
 * expected number of arrivals (Çinlar, Introduction to Stochastic Processes, 1975: inversion).
 */
export function* poissonArrivals(profile: RateProfile, dice: Dice): Generator<number> {
  for (let count = exponential(dice); count < profile.total; count += exponential(dice))
    yield profile.secondsOf(count) * 1_000;
}

const exponential = (dice: Dice): number => -Math.log(1 - dice());

/**
 * Acts whenever something is due, never before, and whether or not earlier acts have come to an end. What came late, because
 * this process was busy, is done at once. `act` is told by the clock of `performance.now()` when it should have happened.
 */
export async function pace(
  duesMs: Iterable<number>,
  act: (dueAt: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const began = performance.now();
  let inOneGo = 0;
  for (const dueMs of duesMs) {
    const early = (): number => began + dueMs - performance.now();
    inOneGo = early() > 0 ? 0 : inOneGo + 1;
    if (inOneGo > 0 && inOneGo % IN_ONE_GO_MAX === 0) await letOthers();
    // A timer may fire a little early.
    while (early() > 0 && signal?.aborted !== true) await pausedFor(Math.ceil(early()), signal);
    if (signal?.aborted === true) return;
    act(began + dueMs);
  }
}

/** Resolves early when the signal says so. */
export async function pausedFor(ms: number, signal?: AbortSignal): Promise<void> {
  await pause(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    if (signal?.aborted !== true) throw error;
  });
}
