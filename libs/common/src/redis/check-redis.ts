import { BootError } from '#common/errors/boot-error.js';
import { maskUrl } from '#common/config/mask.js';
import { Redis } from 'ioredis';

export interface RedisRequirements {
  readonly url: string;
  /** How long to wait for Redis at start, in milliseconds. */
  readonly withinMs: number;
  /** Accept a Redis that forgets jobs when it is restarted (REDIS_ALLOW_VOLATILE). */
  readonly isVolatileAllowed: boolean;
}

/**
 * Waits for Redis at start and refuses one that would lose accepted jobs: without append-only file, or with an eviction
 * policy. Reads INFO, which managed services allow where they refuse CONFIG.
 * @throws BootError with one sentence that says what to do.
 */
export async function checkRedis(requirements: RedisRequirements): Promise<void> {
  const info = await readInfo(requirements);
  if (requirements.isVolatileAllowed) return;
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const place = maskUrl(requirements.url);
  if (field('aof_enabled') === '0') {
    throw new BootError(
      `Redis at ${place} runs without an append-only file, so a crash would lose accepted jobs: set "appendonly yes" there, or REDIS_ALLOW_VOLATILE=true to accept the loss.`,
    );
  }
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw new BootError(
      `Redis at ${place} may evict keys (maxmemory-policy ${policy}), so accepted jobs could vanish: set "maxmemory-policy noeviction" there, or REDIS_ALLOW_VOLATILE=true to accept the loss.`,
    );
  }
}

async function readInfo({ url, withinMs }: RedisRequirements): Promise<string> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(100 * attempt, 1_000),
  });
  let last = 'no answer';
  redis.on('error', (error: Error) => {
    last = error.message;
  });
  const deadline = performance.now() + withinMs;
  let info: string | null = null;
  while (info === null && performance.now() < deadline && !/NOAUTH|WRONGPASS|NOPERM/.test(last)) {
    info = await askInfo(redis).catch((error: unknown) => {
      last = error instanceof Error ? error.message : String(error);
      return null;
    });
  }
  redis.disconnect();
  if (info !== null) return info;
  throw new BootError(`Redis at ${maskUrl(url)} cannot be used (${last}): start it, or correct REDIS_URL.`);
}

async function askInfo(redis: Redis): Promise<string> {
  return `${await redis.info('persistence')}\n${await redis.info('memory')}`;
}
