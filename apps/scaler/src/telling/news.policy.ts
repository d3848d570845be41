import type { ScalingDecision, ScalingReport } from '#common/contracts/scaling.js';

/** A pool is heard of at least so often. */
const SILENCE_MS_MAX = 10_000;

const ENTRIES_MAX = 20_000;
const ENTRIES_MIN = 500;
/** In characters. */
const STREAM_LENGTH_ABOUT = 64_000_000;

export type Telling = Pick<ScalingReport, 'at_ms' | 'decision'>;

/** `isNews`: it says something that the last one told did not. What is not news is told once in a while. */
export interface News {
  readonly isTold: boolean;
  readonly isNews: boolean;
}

/** What becomes of a report after the one that was told last of its pool; null: none was. */
export function judgeNews(last: Telling | null, report: Telling): News {
  const isNews = last === null || essence(last.decision) !== essence(report.decision);
  const silentMs = last === null ? Infinity : report.at_ms - last.at_ms;
  // A clock that went back says nothing about how long it was silent.
  const isDue = silentMs >= SILENCE_MS_MAX || silentMs < 0;
  return { isTold: isNews || isDue, isNews };
}

const essence = ({ action, current, desired, victims, undrain, reasons }: ScalingDecision): string =>
  JSON.stringify([
    action,
    action === 'hold' ? null : current,
    desired,
    victims,
    undrain,
    reasons.map(({ code }) => code),
  ]);

/** How many entries the stream may hold when they are as long as this one: the report of a large fleet is a long one. */
export const entriesMax = (reportLength: number): number =>
  Math.max(ENTRIES_MIN, Math.min(ENTRIES_MAX, Math.floor(STREAM_LENGTH_ABOUT / Math.max(1, reportLength))));
