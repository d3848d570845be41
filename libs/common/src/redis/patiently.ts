import { setTimeout as pause } from 'node:timers/promises';

/** Redis answers, but takes nothing just now: full, demoted, loading, busy with a script, or a cluster on the move. */
const REFUSES_FOR_NOW = /^(?:OOM|READONLY|BUSY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS)\b/;

const EVERY_MS = 250;

/**
 * Asks again while Redis refuses for a reason that passes, for what must not get lost. Throws the last refusal after
 * `withinMs`, and anything else at once.
 */
export async function patiently<T>(withinMs: number, ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error instanceof Error && REFUSES_FOR_NOW.test(error.message);
      if (!isPassing || performance.now() > deadline) throw error;
      await pause(EVERY_MS);
    }
  }
}
