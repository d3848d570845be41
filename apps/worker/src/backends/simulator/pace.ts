/** One timer in so many milliseconds at most: what is due before is told together. */
const TIMER_MS_MIN = 5;

/**
 * Tells `count` things, one after the other, evenly between `fromMs` and `untilMs` from now: the first at `fromMs`; and ends
 * at `untilMs`. False as soon as `signal` fires. Leaves neither timer nor listener behind.
 */
export async function paced(
  count: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
  signal: AbortSignal,
  tell: (number: number) => void,
): Promise<boolean> {
  const began = performance.now();
  const stepMs = (untilMs - fromMs) / Math.max(1, count);
  let told = 0;
  for (;;) {
    const goneMs = performance.now() - began;
    while (told < count && fromMs + told * stepMs <= goneMs) tell(told++);
    const nextMs = told < count ? fromMs + told * stepMs : untilMs;
    if (nextMs <= goneMs) return !signal.aborted;
    const waitMs = told === 0 ? nextMs - goneMs : Math.max(TIMER_MS_MIN, nextMs - goneMs);
    // Timers know whole milliseconds.
    if (!(await elapses(Math.ceil(Math.min(waitMs, untilMs - goneMs)), signal))) return false;
  }
}

/** False as soon as `signal` fires. Leaves neither timer nor listener behind. */
export function elapses(durationMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const abandon = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abandon);
      resolve(true);
    }, durationMs);
    signal.addEventListener('abort', abandon, { once: true });
  });
}
