import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';

const BUCKET_SECONDS = 10;

const fields = z.record(z.string(), z.coerce.number());

/** What a pool's admissions and settlements have counted in 10 s (admit.lua, settle.lua), by field. */
export interface CounterBucket {
  /** Unix seconds, by Redis's clock. */
  readonly start: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Starts of the newest buckets that hold `seconds` when the newest is full, newest first, in Unix seconds. */
export function bucketsOfLast(seconds: number, nowMs: number): number[] {
  const newest = Math.floor(nowMs / 1_000 / BUCKET_SECONDS) * BUCKET_SECONDS;
  return Array.from(
    { length: Math.ceil(seconds / BUCKET_SECONDS) },
    (_, index) => newest - index * BUCKET_SECONDS,
  );
}

/** A pool's buckets of the last `seconds`, newest first, in one round trip. They are kept for 15 minutes. */
export async function readBuckets(
  redis: Redis,
  pool: string,
  window: { readonly seconds: number; readonly nowMs: number },
): Promise<CounterBucket[]> {
  const starts = bucketsOfLast(window.seconds, window.nowMs);
  const pipeline = redis.pipeline();
  for (const start of starts) pipeline.hgetall(`${keys.poolCounters(pool)}:${start}`);
  const answers = (await pipeline.exec()) ?? [];
  return starts.map((start, at) => {
    const [error, counts] = answers[at] ?? [new Error('a pipeline answered too little')];
    if (error !== null) throw error;
    return { start, counts: fields.parse(counts) };
  });
}

/** By field, over all buckets. Accepted jobs are counted by the second (`accepted:0` to `accepted:9`); here they are one sum. */
export function sumOfBuckets(buckets: readonly CounterBucket[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [field, count] of buckets.flatMap(({ counts }) => Object.entries(counts))) {
    const name = field.startsWith('accepted:') ? 'accepted' : field;
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
}
