import type { FailedRef } from '#common/queue/failed-jobs.js';
import { matches } from './dead-letter.policy.js';
import type { DeadLetter } from './dead-letter.js';
import type { DeadLetterReader } from './dead-letter.reader.js';
import { filterOf } from './dead-letter-views.js';
import type { LettersQuery } from './dead-letters.schema.js';
import { rangeOf } from './each-dead-letter.js';

const PAGE = 100;
/** A filtered list reads at most this many letters for one answer; the cursor goes on from there. */
const SCANNED_MAX = 1_000;

export interface LetterPage {
  readonly letters: readonly DeadLetter[];
  readonly cursor: string | null;
}

/** A pool's dead letters, newest first. The cursor is a place in the failed set, so letters that come or go shift nothing. */
export class ListDeadLetters {
  constructor(private readonly reader: DeadLetterReader) {}

  async execute(pool: string, { limit, cursor, ...query }: LettersQuery): Promise<LetterPage> {
    const filter = filterOf(query);
    const range = rangeOf(filter);
    const found: DeadLetter[] = [];
    let after = cursor === undefined ? null : placeOf(cursor);
    for (let scanned = 0; scanned < SCANNED_MAX; scanned += PAGE) {
      const behind = after === null ? range : { ...range, after };
      const { letters, end } = await this.reader.page(pool, behind, PAGE);
      if (end === null) return { letters: found, cursor: null };
      for (const letter of letters) {
        if (!matches(letter, filter)) continue;
        found.push(letter);
        if (found.length === limit) return { letters: found, cursor: cursorOf(letter) };
      }
      after = end;
    }
    return { letters: found, cursor: after === null ? null : cursorOf(after) };
  }
}

const cursorOf = ({ failedMs, id }: FailedRef): string => `${failedMs}:${id}`;

function placeOf(cursor: string): FailedRef {
  const [failedMs = '', id = ''] = cursor.split(':');
  return { failedMs: Number(failedMs), id };
}
