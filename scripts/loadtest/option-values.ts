import { LaunchError } from '../local/launch-error.js';
import type { Weighted } from './chance.js';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const DURATION_MS_MAX = 7 * 24 * UNIT_MS.h;
const WEIGHTED = /^(.+)=(\d+(?:\.\d+)?)$/s;

export interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** @throws LaunchError with what it must be; so do all of these. */
export function numberFrom(name: string, text: string, { least, most, isWhole }: Bounds): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= least && number <= most && (!isWhole || Number.isInteger(number))) return number;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new LaunchError(`${name} is ${JSON.stringify(text)}: it must be ${kind} from ${least} to ${most}.`);
}

/** Such as `500ms`, `30s` or `1m30s`; in milliseconds. Null for what is none. */
export function msOf(text: string): number | null {
  if (!DURATION.test(text)) return null;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
    sum += Number(number) * UNIT_MS[unitFrom(unit)];
  return sum;
}

export function durationFrom(name: string, text: string): number {
  const ms = msOf(text);
  if (ms !== null && ms <= DURATION_MS_MAX) return ms;
  throw new LaunchError(
    `${name} is ${JSON.stringify(text)}: it must be a time such as 500ms, 30s or 1m30s, of a week at most.`,
  );
}

/** `VALUE`, whose weight is 1, or `VALUE=WEIGHT`. */
export function weightedFrom<T>(
  name: string,
  texts: readonly string[],
  valueOf: (text: string) => T,
): Weighted<T> {
  const shares = texts.map((text): readonly [T, number] => {
    const [, value, weight] = WEIGHTED.exec(text) ?? [];
    return value === undefined ? [valueOf(text), 1] : [valueOf(value), Number(weight)];
  });
  if (shares.some(([, weight]) => weight > 0)) return shares;
  throw new LaunchError(`${name}: one weight at least must be greater than 0.`);
}

/** Without a slash at the end. */
export function urlFrom(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new LaunchError(`--url is ${JSON.stringify(text)}: it must begin with http:// or https://.`);
  return text.replace(/\/+$/, '');
}

export function choiceFrom<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new LaunchError(`${name} is ${JSON.stringify(text)}: it must be one of ${choices.join(', ')}.`);
}

const unitFrom = (text: string | undefined): keyof typeof UNIT_MS =>
  choiceFrom('unit', text ?? '', ['ms', 's', 'm', 'h']);
