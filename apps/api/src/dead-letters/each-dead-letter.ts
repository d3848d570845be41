import type { FailedRange, FailedRef } from '#common/queue/failed-jobs.js';
import { type LetterFilter, matches } from './dead-letter.policy.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterReader } from './dead-letter.reader.js';

/** `halt`: neither it nor any other now. */
export type Act = 'done' | 'skip' | 'halt';

export interface Tally {
  readonly done: number;
  readonly skipped: number;
  /** Selected, and not acted upon. */
  readonly left: number;
}

const PAGE = 100;
const AT_ONCE = 10;

/** Goes through a pool's dead letters from the newest to the oldest. They are 10,000 at most, and those that come meanwhile are not met. */
export class EachDeadLetter {
  constructor(private readonly reader: DeadLetterReader) {}

  /** Acts upon those that the filter selects until so many are done; counts the rest. */
  async execute(
    pool: string,
    filter: LetterFilter,
    { doneMax, act }: { doneMax: number; act: (letter: DeadLetter) => Promise<Act> },
  ): Promise<Tally> {
    const tally = { done: 0, skipped: 0, left: 0 };
    let isHalted = false;
    for await (const letters of this.pages(pool, filter)) {
      for (let at = 0; at < letters.length;) {
        const room: number = isHalted ? 0 : Math.min(AT_ONCE, doneMax - tally.done);
        if (room === 0) {
          tally.left += letters.length - at;
          break;
        }
        const acts: Act[] = await Promise.all(letters.slice(at, at + room).map(act));
        at += acts.length;
        tally.done += acts.filter((each) => each === 'done').length;
        tally.skipped += acts.filter((each) => each === 'skip').length;
        tally.left += acts.filter((each) => each === 'halt').length;
        isHalted = acts.includes('halt');
      }
    }
    return tally;
  }

  /** What the filter selects, page by page. */
  async *pages(pool: string, filter: LetterFilter): AsyncGenerator<DeadLetter[]> {
    const range = rangeOf(filter);
    let after: FailedRef | null = null;
    do {
      const page: { letters: DeadLetter[]; end: FailedRef | null } = await this.reader.page(
        pool,
        after === null ? range : { ...range, after },
        PAGE,
      );
      after = page.end;
      yield page.letters.filter((letter) => matches(letter, filter));
    } while (after !== null);
  }
}

export const rangeOf = ({ fromMs, toMs }: LetterFilter): FailedRange => ({
  ...(fromMs === undefined ? {} : { fromMs }),
  ...(toMs === undefined ? {} : { toMs }),
});
