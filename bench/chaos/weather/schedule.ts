import type { Dice } from '../../../apps/worker/src/backends/simulator/dice.js';
import { between, diceFor, pick, shuffled } from '../seeded.js';

/**
 * What is done to a process, a store or a link. `kill`: SIGKILL, and started again. `stop`: SIGTERM, and started again.
 * `freeze`: SIGSTOP, then SIGCONT. The others are of links: `slow` (late and thin), `stall` (takes all, passes on nothing),
 * `cut` (every connection is reset, once), `refuse` (cut, and new connections too).
 */
export type FaultKind = 'kill' | 'stop' | 'freeze' | 'slow' | 'stall' | 'cut' | 'refuse';

export interface Fault {
  readonly kind: FaultKind;
  readonly target: string;
  /** From the beginning of the storm. */
  readonly atMs: number;
  /** Until it is healed: started again, continued, clear. */
  readonly lastsMs: number;
}

/** One kind of fault that a schedule may draw: `copies` of it are in the deck. */
export interface Card {
  readonly kind: FaultKind;
  readonly targets: readonly string[];
  readonly copies: number;
  readonly lastsMs: readonly [from: number, to: number];
}

export interface SchedulePlan {
  readonly seed: number;
  /** From the first fault that may come to the end of the last. */
  readonly windowMs: readonly [from: number, to: number];
  /** Mean time from one fault to the next. */
  readonly gapMs: number;
  readonly cards: readonly Card[];
}

/** Nothing shorter is worth the name. */
const LASTS_MS_MIN = 300;

/**
 * The faults of a run, by time: a pure function of its arguments. Kinds are drawn from a shuffled deck, so that each comes
 * before any comes often. Faults of different targets overlap as they like, those of one target never; each has ended when the
 * window has.
 */
export function planFaults({ seed, windowMs: [from, to], gapMs, cards }: SchedulePlan): Fault[] {
  const dice = diceFor(seed, 'schedule');
  const faults: Fault[] = [];
  const busyUntil = new Map<string, number>();
  const draw = deckOf(dice, cards);
  for (let atMs = from; ;) {
    atMs += Math.round(-Math.log(1 - dice()) * gapMs);
    const card = draw();
    const free = card.targets.filter((target) => (busyUntil.get(target) ?? 0) <= atMs);
    const wanted = between(dice, ...card.lastsMs);
    if (atMs + LASTS_MS_MIN > to) return faults;
    if (free.length === 0) continue;
    const target = pick(dice, free);
    const lastsMs = card.kind === 'cut' ? 0 : Math.min(wanted, to - atMs);
    faults.push({ kind: card.kind, target, atMs, lastsMs });
    busyUntil.set(target, atMs + lastsMs);
  }
}

function deckOf(dice: Dice, cards: readonly Card[]): () => Card {
  const all = cards.flatMap((card) => Array.from({ length: card.copies }, () => card));
  let deck: Card[] = [];
  return () => {
    if (deck.length === 0) deck = shuffled(dice, all);
    const card = deck.pop();
    if (card === undefined) throw new Error('a schedule needs cards');
    return card;
  };
}

export const describeFault = ({ kind, target, lastsMs }: Fault): string =>
  kind === 'cut' ? `cut ${target}` : `${kind} ${target} for ${(lastsMs / 1_000).toFixed(1)} s`;
