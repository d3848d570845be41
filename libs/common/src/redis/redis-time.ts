import type { Redis } from 'ioredis';

/** What time it is by Redis's clock, in Unix milliseconds. */
export async function redisTimeMs(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
