import type { Redis } from 'ioredis';

/** Whether Redis answers a fail-fast connection now. */
export async function isRedisUp(redis: Redis): Promise<boolean> {
  try {
    await redis.ping();
    return true;
  } catch {
    return false;
  }
}
