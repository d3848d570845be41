import type { Redis } from 'ioredis';
import { readBuckets, sumOfBuckets } from '#common/queue/pool-counters.js';

/** A pool's counters of the last `seconds`, summed over their 10 s buckets. */
export async function readCounters(
  redis: Redis,
  pool: string,
  seconds: number,
): Promise<ReadonlyMap<string, number>> {
  return sumOfBuckets(await readBuckets(redis, pool, { seconds, nowMs: Date.now() }));
}
