/** Work is counted in pieces of ten minutes, numbered from 1970 on. */
export const BUCKET_MS = 600_000;
export const BUCKETS_A_DAY = 144;
export const BUCKETS_A_WEEK = 7 * BUCKETS_A_DAY;

export interface WorkBucket {
  /** When its ten minutes began, in Unix milliseconds. */
  readonly at_ms: number;
  /** Time that jobs settled in it have held slots. */
  readonly busy_slot_seconds: number;
}

/**
 * The load offered to a pool, in slots, one number for each ten minutes from `first` on. Null where nobody looked; the first
 * and the last are known.
 */
export interface WorkSeries {
  readonly first: number;
  readonly loads: readonly (number | null)[];
}

/** The number of the ten minutes that a moment is in. */
export const bucketOf = (atMs: number): number => Math.floor(atMs / BUCKET_MS);

/** Null when there are no buckets. Their order does not matter. */
export function seriesOf(buckets: readonly WorkBucket[]): WorkSeries | null {
  const known = new Map(
    buckets.map(({ at_ms, busy_slot_seconds }) => [bucketOf(at_ms), (1_000 * busy_slot_seconds) / BUCKET_MS]),
  );
  if (known.size === 0) return null;
  const numbers = [...known.keys()].sort((left, right) => left - right);
  const first = numbers[0] ?? 0;
  const last = numbers.at(-1) ?? first;
  const loads = Array.from({ length: last - first + 1 }, (_, at) => known.get(first + at) ?? null);
  return { first, loads };
}
