import type { Redis } from 'ioredis';

/** Redis's clock, which is that of everything that several processes compare. In Unix milliseconds. */
export async function readRedisTime(redis: Redis): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}
