/**
 * Waits for `work`, at most `ms`.
 * @throws Error "no answer from <whom> within <ms> ms"; `work` goes on, and what becomes of it is not seen.
 */
export async function within<T>(ms: number, whom: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer from ${whom} within ${Math.round(ms)} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
