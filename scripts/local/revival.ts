import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from './launch-error.js';

const DELAY_MS_MIN = 1_000;
const DELAY_MS_MAX = 30_000;

/** Doubles with every failure in a row. */
export const revivalDelayMs = (failures: number): number =>
  Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** failures);

export interface Revival {
  /** Failures in a row before this one. */
  readonly failures: number;
  /** Ends the attempts. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Starts something again until it works or nobody wants it any more. Never rejects. */
export async function revive(
  attempt: () => Promise<void>,
  { failures, signal, say }: Revival,
): Promise<void> {
  const isWanted = (): boolean => !signal.aborted;
  for (let failed = failures; isWanted(); failed += 1) {
    try {
      await pause(revivalDelayMs(failed), undefined, { signal });
      await attempt();
      return;
    } catch (error) {
      if (isWanted()) say(messageOf(error));
    }
  }
}
