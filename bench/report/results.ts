import { percentile } from '#scripts/loadtest/statistics.js';
import type { Slice } from '../measure.js';
import type { Mode } from '../load/runs.js';

/** What the slices of one mode at one concurrency say together. */
export interface Result {
  readonly mode: Mode;
  readonly concurrency: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Null where Redis also worked on jobs that were accepted earlier. */
  readonly redisUsPerRequest: number | null;
  /** Requests that were not answered as they should be, by what was answered. */
  readonly failures: Readonly<Record<string, number>>;
}

/** What is accepted is worked on later, and the reference has a Redis of its own, which nobody watches. */
const UNSEEN: readonly Mode[] = ['async', 'reference'];

export function resultOf(slices: readonly Slice[], mode: Mode, concurrency: number): Result {
  const own = slices.filter((slice) => slice.mode === mode && slice.concurrency === concurrency);
  const latencies = own.flatMap(({ sample }) => sample.latenciesMs).sort((left, right) => left - right);
  const elapsedMs = own.reduce((sum, { sample }) => sum + sample.elapsedMs, 0);
  const redisUs = own.reduce((sum, slice) => sum + slice.redisUs, 0);
  return {
    mode,
    concurrency,
    perSecond: elapsedMs === 0 ? 0 : (latencies.length / elapsedMs) * 1_000,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    redisUsPerRequest: UNSEEN.includes(mode) || latencies.length === 0 ? null : redisUs / latencies.length,
    failures: summed(own.map(({ sample }) => sample.failures)),
  };
}

function summed(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one)))
    sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
