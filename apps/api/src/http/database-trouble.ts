import { isDefect } from '#common/errors/is-defect.js';
import { Refusal } from '#common/errors/refusal.js';
import { within } from '#common/lifecycle/within.js';

const ANSWER_MS_MAX = 2_000;

/**
 * Waits at most 2 s for what needs nothing but PostgreSQL: what it throws is PostgreSQL's trouble, never the caller's.
 * @throws Refusal dependency_unavailable, with the cause.
 */
export async function onDatabase<T>(work: Promise<T>, message?: string): Promise<T> {
  try {
    return await within(ANSWER_MS_MAX, 'PostgreSQL', work);
  } catch (cause) {
    if (cause instanceof Refusal || isDefect(cause)) throw cause;
    throw new Refusal('dependency_unavailable', { cause, ...(message === undefined ? {} : { message }) });
  }
}
