import { Refusal } from '#common/errors/refusal.js';

/**
 * Runs what needs nothing but Redis: whatever it throws is Redis's trouble, never the caller's.
 * @throws Refusal dependency_unavailable, with the cause.
 */
export async function onRedis<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('dependency_unavailable', { cause });
  }
}
