import { z } from 'zod';
import { settledEvent, type SettledEvent } from '#common/contracts/settled-event.js';
import type { StreamEntry } from './event-stream.js';

/** `unreadable`: written by another release or by hand; `because` may quote it. */
export type ReadEvent =
  | { readonly kind: 'read'; readonly entry: StreamEntry; readonly event: SettledEvent }
  | { readonly kind: 'unreadable'; readonly entry: StreamEntry; readonly because: string };

export function readEvent(entry: StreamEntry): ReadEvent {
  try {
    return { kind: 'read', entry, event: settledEvent.parse(entry.fields) };
  } catch (error) {
    return { kind: 'unreadable', entry, because: sentence(error) };
  }
}

function sentence(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
