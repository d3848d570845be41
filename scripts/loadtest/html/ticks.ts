/** A mark of an axis; `at` is its place, from 0 to 1. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400] as const;
const TICKS = 4;
const TIME_TICKS_MAX = 7;

/** 1, 2 or 5 times a power of ten, so that about `TICKS` of them reach `most`. */
function stepFor(most: number): number {
  const rough = most / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

export interface Scale {
  /** The value at the top. */
  readonly most: number;
  readonly ticks: readonly Tick[];
}

/** From 0 to something round that is not less than `most`. */
export function scaleFor(most: number, say: (value: number) => string): Scale {
  const step = stepFor(most > 0 ? most : 1);
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, at) => ({ at: at / count, label: say(at * step) }));
  return { most: count * step, ticks };
}

export function timeTicks(seconds: number): Tick[] {
  const step = TIME_STEPS_S.find((each) => seconds / each <= TIME_TICKS_MAX) ?? 7 * 86_400;
  const count = Math.floor(seconds / step) + 1;
  return Array.from({ length: count }, (_, at) => ({ at: (at * step) / seconds, label: sayTime(at * step) }));
}

/** 1, 2 and 5 times powers of ten; of more than a few only the powers. */
export function logTicks(from: number, to: number, say: (value: number) => string): Tick[] {
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= high; power += 1)
    for (const factor of high - low > 2 ? [1] : [1, 2, 5]) {
      const at = (Math.log10(factor) + power - low) / (high - low);
      if (at >= 0 && at <= 1) ticks.push({ at, label: say(factor * 10 ** power) });
    }
  return ticks;
}

export function sayTime(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${trimmed(seconds / 60)} min`;
  return `${trimmed(seconds / 3_600)} h`;
}

export function sayMs(ms: number): string {
  if (ms < 1_000) return `${trimmed(ms)} ms`;
  return ms < 120_000 ? `${trimmed(ms / 1_000)} s` : `${trimmed(ms / 60_000)} min`;
}

export const sayCount = (count: number): string =>
  count >= 10_000 ? `${trimmed(count / 1_000)}k` : trimmed(count);

const trimmed = (value: number): string => String(Number(value.toPrecision(3)));
