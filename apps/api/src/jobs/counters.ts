import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';

const COUNTER_BUCKET_SECONDS = 10;

const counters = z.record(z.string(), z.coerce.number());

/** Starts of the newest buckets that hold `seconds` when the newest is full, newest first, in Unix seconds. */
export function bucketsOfLast(seconds: number, nowMs: number): number[] {
  const newest = Math.floor(nowMs / 1_000 / COUNTER_BUCKET_SECONDS) * COUNTER_BUCKET_SECONDS;
  return Array.from(
    { length: Math.ceil(seconds / COUNTER_BUCKET_SECONDS) },
    (_, index) => newest - index * COUNTER_BUCKET_SECONDS,
  );
}

/** A pool's counters of the last `seconds`, summed over their 10 s buckets. */
export async function readCounters(
  redis: Redis,
  pool: string,
  seconds: number,
): Promise<ReadonlyMap<string, number>> {
  const pipeline = redis.pipeline();
  for (const bucket of bucketsOfLast(seconds, Date.now()))
    pipeline.hgetall(`${keys.poolCounters(pool)}:${bucket}`);
  const sums = new Map<string, number>();
  for (const [error, fields] of (await pipeline.exec()) ?? []) {
    if (error !== null) throw error;
    for (const [name, count] of Object.entries(counters.parse(fields))) {
      sums.set(name, (sums.get(name) ?? 0) + count);
    }
  }
  return sums;
}
