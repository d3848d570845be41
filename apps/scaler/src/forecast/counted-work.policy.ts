import { BUCKET_MS, bucketOf } from './work-series.policy.js';

/** What a pool did in ten minutes. */
export interface CountedWork {
  /** When they began, in Unix milliseconds. */
  readonly at_ms: number;
  readonly busy_slot_seconds: number;
  readonly served: number;
  readonly accepted: number;
}

/** A pool's counters are kept for 15 minutes from the start of their 10 s on, and for some seconds less here. */
const COUNTERS_MS = 895_000;

/** When the newest whole ten minutes began, if all their counters are still there; else null: what is gone is unknown. */
export function countableAt(nowMs: number): number | null {
  const atMs = (bucketOf(nowMs) - 1) * BUCKET_MS;
  return nowMs - atMs < COUNTERS_MS ? atMs : null;
}

/** Sums the counters of the 10 s buckets of ten minutes, each as it is in Redis; a bucket in which nothing happened is empty. */
export function sumCounters(
  atMs: number,
  counters: readonly Readonly<Record<string, number>>[],
): CountedWork {
  const sum = (of: (fields: Readonly<Record<string, number>>) => number): number =>
    counters.reduce((total, fields) => total + of(fields), 0);
  return {
    at_ms: atMs,
    busy_slot_seconds: sum((fields) => fields['service_ms'] ?? 0) / 1_000,
    served: sum((fields) => fields['served'] ?? 0),
    accepted: sum(acceptedOf),
  };
}

/** Counted as a whole, else second by second (`accepted:0` to `accepted:9`). */
function acceptedOf(fields: Readonly<Record<string, number>>): number {
  if (fields['accepted'] !== undefined) return fields['accepted'];
  return Object.entries(fields)
    .filter(([name]) => name.startsWith('accepted:'))
    .reduce((total, [, count]) => total + count, 0);
}
