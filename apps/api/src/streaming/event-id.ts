import { entryOf, type Position, positionOf } from '#common/contracts/job-stream.js';
import { Refusal } from '#common/errors/refusal.js';

/** What a caller has of a job: all up to an entry of a run, which is so many characters of the answer (UTF-16 units). */
export interface Seen extends Position {
  readonly chars: number;
}

/** The id of the last event: there is nothing more to come. */
export const END = 'end';

const ID = /^(\d{1,9}-\d{1,9})\.(\d{1,9})$/;

export const eventIdOf = (seen: Seen): string => `${entryOf(seen)}.${seen.chars}`;

/**
 * What a `Last-Event-ID` says; null without one.
 * @throws Refusal invalid_value for one that no stream of ours has sent.
 */
export function readEventId(header: string | undefined): Seen | typeof END | null {
  if (header === undefined || header === '') return null;
  if (header === END) return END;
  const [, entry, chars] = ID.exec(header) ?? [];
  if (entry === undefined) throw invalidEventId();
  return { ...positionOf(entry), chars: Number(chars) };
}

export const invalidEventId = (): Refusal =>
  new Refusal('invalid_value', {
    param: 'Last-Event-ID',
    message: 'Last-Event-ID is not the id of an event of this job. Send the last one received, or none.',
  });
