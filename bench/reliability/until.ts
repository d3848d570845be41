import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  readonly withinMs: number;
  readonly everyMs?: number;
}

/** Looks again until there is something to see; null when there never was. */
export async function until<T>(
  look: () => Promise<T | null> | T | null,
  { withinMs, everyMs = 50 }: Patience,
): Promise<T | null> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) return null;
    await pause(everyMs);
  }
}

/** As `until`, where nothing can be measured without it. */
export async function certainly<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  patience: Patience,
): Promise<T> {
  const found = await until(look, patience);
  if (found !== null) return found;
  throw new Error(`gave up after ${patience.withinMs} ms waiting for ${what}`);
}
