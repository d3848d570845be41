import { isDefect } from '#common/errors/is-defect.js';
import { Refusal } from '#common/errors/refusal.js';

/**
 * Runs what needs nothing but Redis: what it throws is Redis's trouble, never the caller's.
 * @throws Refusal dependency_unavailable, with the cause.
 */
export async function onRedis<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Refusal || isDefect(cause)) throw cause;
    throw new Refusal('dependency_unavailable', { cause });
  }
}
