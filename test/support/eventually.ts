import { setTimeout as pause } from 'node:timers/promises';

/** Looks again until there is something to see, and says what it waited for when there never was. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  { withinMs = 5_000, everyMs = 20 } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error(`gave up after ${withinMs} ms waiting for ${what}`);
    await pause(everyMs);
  }
}
