import type { LogHistogram } from './log-histogram.js';
import type { SpreadReport, WindowReport } from './report.schema.js';

/** A thousandth is finer than anything that is measured here. */
export const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

const reader =
  (histogram: LogHistogram) =>
  (percent: number): number =>
    rounded(histogram.percentile(percent) ?? 0);

/** Null of nothing; so is the next one. */
export function spreadOf(histogram: LogHistogram): SpreadReport | null {
  const { count, mean, min, max } = histogram;
  if (mean === null || min === null || max === null) return null;
  const at = reader(histogram);
  return {
    count,
    mean: rounded(mean),
    min: rounded(min),
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: rounded(max),
  };
}

export function quantilesOf(histogram: LogHistogram): WindowReport['latency_ms'] {
  if (histogram.max === null) return null;
  const at = reader(histogram);
  return { p50: at(50), p90: at(90), p95: at(95), p99: at(99), max: rounded(histogram.max) };
}
