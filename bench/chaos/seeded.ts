import { createDice, type Dice } from '../../apps/worker/src/backends/simulator/dice.js';

export { pick, weighted } from '#scripts/loadtest/chance.js';

/** FNV-1a (Fowler, Noll and Vo): a number for a text, for dice that depend on it. */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Dice that fall the same way for the same seed and subject. */
export const diceFor = (seed: number, subject: string): Dice => createDice(seed, numberOf(subject));

export const between = (dice: Dice, from: number, to: number): number =>
  Math.round(from + dice() * (to - from));

/** Fisher and Yates. */
export function shuffled<T>(dice: Dice, cards: readonly T[]): T[] {
  const deck = [...cards];
  for (let at = deck.length - 1; at > 0; at--) {
    const other = Math.floor(dice() * (at + 1));
    const [left, right] = [deck[at], deck[other]];
    if (left === undefined || right === undefined) continue;
    deck[at] = right;
    deck[other] = left;
  }
  return deck;
}
