import type { Dice } from '../../../apps/worker/src/backends/simulator/dice.js';
import { between, diceFor, weighted } from '../seeded.js';

export type Mood = 'well' | 'error' | 'limited' | 'broken' | 'broken-midway';

/** What one call gets: a pure function of seed, marker and which call for that marker it is. */
export interface Behaviour {
  readonly mood: Mood;
  readonly text: string;
  readonly firstMs: number;
  /** Before every piece of a stream but the first. */
  readonly pieceMs: number;
}

/**
 * The text of a marker's nth call. It names both in every word, so that an answer that was swapped, cut, or put together of
 * two calls is seen to be so.
 */
export function textOf(marker: string, call: number): string {
  const words = between(diceFor(0, `${marker} ${call} words`), 3, 14);
  return Array.from({ length: words }, (_, at) => `${marker}/${call}.${at}`).join(' ');
}

/** Most calls are quick, some take so long that a fault meets them. */
const latencyOf = (dice: Dice): number => {
  const [from, to] = weighted<readonly [number, number]>(dice, [
    [[20, 250], 80],
    [[400, 2_000], 15],
    [[3_000, 6_500], 5],
  ]);
  return between(dice, from, to);
};

export function behaviourOf(seed: number, marker: string, call: number): Behaviour {
  const dice = diceFor(seed, `${marker} ${call}`);
  const mood = weighted<Mood>(dice, [
    ['well', 920],
    ['error', 50],
    ['limited', 3],
    ['broken', 20],
    ['broken-midway', 7],
  ]);
  return { mood, text: textOf(marker, call), firstMs: latencyOf(dice), pieceMs: between(dice, 5, 80) };
}
