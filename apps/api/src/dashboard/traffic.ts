import { type CounterBucket, sumOfBuckets } from '#common/queue/pool-counters.js';
import { summarize } from '../status/performance.js';
import type { Pace, TrafficPoint } from './snapshot.js';

const BUCKET_SECONDS = 10;
const BUCKETS_OF_A_MINUTE = 6;
/** A part of 10 s that has only begun says little: its rate is what came in one second at least. */
const SECONDS_MIN = 1;

interface Traffic {
  readonly traffic: readonly TrafficPoint[];
  readonly pace: Pace;
}

/** What the counters of all pools say, by time. `pools`: of each pool its buckets, newest first. */
export function trafficOf(pools: readonly (readonly CounterBucket[])[], nowMs: number): Traffic {
  const starts = (pools[0] ?? []).map(({ start }) => start);
  const byTime = starts.map((_, at) => pools.flatMap((buckets) => buckets[at] ?? []));
  const elapsed = Math.max(SECONDS_MIN, Math.min(BUCKET_SECONDS, nowMs / 1_000 - (starts[0] ?? 0)));
  const lastMinute = summarize(
    sumOfBuckets(byTime.slice(0, BUCKETS_OF_A_MINUTE).flat()),
    BUCKETS_OF_A_MINUTE * BUCKET_SECONDS,
  );
  const recent = rates(byTime.slice(0, 2).flat(), BUCKET_SECONDS + elapsed);
  return {
    traffic: starts
      .map((start, at) => ({
        at_ms: start * 1_000,
        ...rates(byTime[at] ?? [], at === 0 ? elapsed : BUCKET_SECONDS),
        ...summarize(sumOfBuckets(byTime[at] ?? []), BUCKET_SECONDS).latency_ms,
      }))
      .reverse(),
    pace: {
      accepted_per_second: recent.accepted,
      completed_per_second: recent.completed,
      failed_per_second: recent.failed,
      error_rate: lastMinute.error_rate,
      ...lastMinute.latency_ms,
    },
  };
}

function rates(buckets: readonly CounterBucket[], seconds: number) {
  const { accepted, completed, failed, expired } = summarize(sumOfBuckets(buckets), seconds);
  const rate = (count: number): number => Math.round((count / seconds) * 100) / 100;
  return { accepted: rate(accepted), completed: rate(completed), failed: rate(failed + expired) };
}
