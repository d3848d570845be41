import type { TierConfig } from '#common/config/config-file.js';

/** Lines of one batch that are in flight at once, at most. */
const LINES_MAX = 64;
const HOUR_MS = 3_600_000;
const WINDOW_MS_MAX = 24 * HOUR_MS;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, m: 60_000, s: 1_000 };

/**
 * How many lines of a batch may be in flight: at most half of what its tenant may have unfinished or waiting, so that the
 * tenant's other work gets in too. `batches` is how many of the tenant's batches share that half.
 */
export function linesInFlightMax(
  { concurrent, queued }: Pick<TierConfig, 'concurrent' | 'queued'>,
  batches: number,
): number {
  const bounds = [concurrent, queued].map((each) =>
    each === undefined || each.shadow ? Number.POSITIVE_INFINITY : each.max / 2,
  );
  return Math.max(1, Math.floor(Math.min(LINES_MAX, ...bounds.map((bound) => bound / Math.max(1, batches)))));
}

/** A completion window such as 24h, 90m or 30s in milliseconds; null for what is none or longer than 24 h. */
export function windowMsOf(text: string): number | null {
  const [, digits, unit] = /^([1-9]\d{0,5})([hms])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return null;
  const ms = Number(digits) * (UNITS[unit] ?? Number.NaN);
  return ms <= WINDOW_MS_MAX ? ms : null;
}
