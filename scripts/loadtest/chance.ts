import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';

/** Values with their weights, none of which is negative; one at least is greater than 0. */
export type Weighted<T> = readonly (readonly [T, number])[];

export function pick<T>(dice: Dice, from: readonly T[]): T {
  const picked = from[Math.floor(dice() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

/** One of these, as often as its weight says. */
export function weighted<T>(dice: Dice, shares: Weighted<T>): T {
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  let rest = dice() * sum;
  for (const [value, share] of shares) {
    rest -= share;
    if (rest < 0) return value;
  }
  const last = shares.at(-1);
  if (last === undefined) throw new Error('nothing to pick from');
  return last[0];
}
