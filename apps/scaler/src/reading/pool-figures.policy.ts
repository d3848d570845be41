import type { CounterBucket } from '#common/queue/pool-counters.js';
import type { PoolReading } from '../policy/scaling.js';

/** Seconds over which arrivals are averaged. */
const ARRIVALS_S = { latest: 6, fast: 20, slow: 180, slower: 360 } as const;
const SERVICE_S = 300;
const RESPONSE_S = 60;
/** Seconds of counters that the figures are made of: whole ones, before the running one. */
export const COUNTED_S = ARRIVALS_S.slower + 10;

/** Ratio of neighbouring bounds in settle.lua's histogram of latencies. */
const LATENCY_RATIO = 1.25;

/**
 * Accepted jobs per second over the whole seconds before the running one. Where the counters are younger than that, the time
 * before counts as quiet.
 */
export function arrivalsOf(
  buckets: readonly CounterBucket[],
  nowMs: number,
): NonNullable<PoolReading['arrivals']> {
  const running = Math.floor(nowMs / 1_000);
  const accepted = buckets.flatMap(({ start, counts }) =>
    Object.entries(counts)
      .filter(([field]) => field.startsWith('accepted:'))
      .map(([field, jobs]) => ({ second: start + Number(field.slice('accepted:'.length)), jobs })),
  );
  const perSecond = (seconds: number): number =>
    accepted
      .filter(({ second }) => second < running && second >= running - seconds)
      .reduce((sum, { jobs }) => sum + jobs, 0) / seconds;
  return {
    latest: perSecond(ARRIVALS_S.latest),
    fast: perSecond(ARRIVALS_S.fast),
    slow: perSecond(ARRIVALS_S.slow),
    slower: perSecond(ARRIVALS_S.slower),
  };
}

/** How long jobs held a slot, of those that ended within the last five minutes. */
export function serviceOf(buckets: readonly CounterBucket[], nowMs: number): PoolReading['service'] {
  const count = counterOver(buckets, nowMs, SERVICE_S);
  const samples = count('served');
  if (samples === 0) return null;
  const meanMs = count('service_ms') / samples;
  // Squares are counted in (10 ms)².
  const varianceMs2 = Math.max(0, (count('service_cs2') * 100) / samples - meanMs ** 2);
  return { mean_s: meanMs / 1_000, scv: meanMs === 0 ? 0 : varianceMs2 / meanMs ** 2, samples };
}

/** Mean from acceptance to settlement over the last minute, exact to an eighth: each job counts as the middle of its slice. */
export function responseOf(buckets: readonly CounterBucket[], nowMs: number): number | null {
  const slices = since(buckets, nowMs, RESPONSE_S)
    .flatMap(({ counts }) => Object.entries(counts))
    .filter(([field]) => field.startsWith('latency:'));
  const jobs = slices.reduce((sum, [, count]) => sum + count, 0);
  const ms = slices.reduce((sum, [field, count]) => sum + count * middleMs(field), 0);
  return jobs === 0 ? null : ms / jobs / 1_000;
}

const middleMs = (field: string): number =>
  LATENCY_RATIO ** Number(field.slice('latency:'.length)) * ((1 + LATENCY_RATIO) / 2);

const since = (buckets: readonly CounterBucket[], nowMs: number, seconds: number): CounterBucket[] =>
  buckets.filter(({ start }) => start > nowMs / 1_000 - seconds - 10);

function counterOver(
  buckets: readonly CounterBucket[],
  nowMs: number,
  seconds: number,
): (field: string) => number {
  const counted = since(buckets, nowMs, seconds);
  return (field) => counted.reduce((sum, { counts }) => sum + (counts[field] ?? 0), 0);
}
