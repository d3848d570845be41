import type { Redis } from 'ioredis';

/** Every key with all it holds and when it ends: no write goes unseen. */
export async function keyspace(redis: Redis): Promise<unknown[]> {
  const names = (await redis.keys('*')).sort();
  return Promise.all(
    names.map(async (name) => [name, await redis.dumpBuffer(name), await redis.pexpiretime(name)]),
  );
}
