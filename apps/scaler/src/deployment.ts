import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';

/** The id of this Sluice: made by the first scaler, read by every other. */
export async function readDeployment(redis: Redis): Promise<string> {
  const minted = randomBytes(6).toString('hex');
  await redis.set(keys.deployment, minted, 'NX');
  return (await redis.get(keys.deployment)) ?? minted;
}
