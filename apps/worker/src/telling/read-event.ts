import { z } from 'zod';
import { settledEvent, type SettledEvent } from '#common/contracts/settled-event.js';
import type { StreamEntry } from './event-stream.js';

/** `unreadable`: written by another release or by hand; `because` may quote it. */
export type ReadEntry<Told> =
  | { readonly kind: 'read'; readonly entry: StreamEntry; readonly event: Told }
  | { readonly kind: 'unreadable'; readonly entry: StreamEntry; readonly because: string };

export type ReadEvent = ReadEntry<SettledEvent>;

/** One entry as `parse` understands it. */
export function readEntry<Told>(entry: StreamEntry, parse: (entry: StreamEntry) => Told): ReadEntry<Told> {
  try {
    return { kind: 'read', entry, event: parse(entry) };
  } catch (error) {
    return { kind: 'unreadable', entry, because: sentence(error) };
  }
}

export const readEvent = (entry: StreamEntry): ReadEvent =>
  readEntry(entry, ({ fields }) => settledEvent.parse(fields));

function sentence(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
