import { setTimeout as pause } from 'node:timers/promises';
import { isDefect } from '#common/errors/is-defect.js';
import { within } from '#common/lifecycle/within.js';

const EVERY_MS = 500;
const ANSWER_MS_MAX = 10_000;

/**
 * Asks again while a store is away, for as long as `signal` allows. What was not answered within
 * 10 s may still be carried out, beside its repetition.
 * @throws what `signal` was aborted with, or a defect.
 */
export async function persistently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await within(ANSWER_MS_MAX, 'a store', work());
    } catch (error) {
      if (isDefect(error)) throw error;
    }
    await pause(EVERY_MS, null, { signal });
  }
}
