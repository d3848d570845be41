import { Redis } from 'ioredis';
import { maskUrl } from '#common/config/mask.js';
import { keys } from '#common/redis/keys.js';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

const BATCH = 200;

/**
 * Hands over every report of the stream of decisions, the oldest first, as the text that was written.
 * @throws LaunchError when Redis cannot be asked.
 */
export async function exportDecisions(url: string, print: (report: string) => void): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 3_000,
    commandTimeout: 10_000,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    for (let from = '-'; ;) {
      const entries = await redis.xrange(keys.scalerDecisions, from, '+', 'COUNT', BATCH);
      for (const [, flat] of entries) print(flat[flat.lastIndexOf('report') + 1] ?? '');
      const last = entries.at(-1);
      if (last === undefined) return;
      from = `(${last[0]}`;
    }
  } catch (error) {
    throw new LaunchError(`Redis at ${maskUrl(url)} cannot be read: ${messageOf(error)}`);
  } finally {
    redis.disconnect();
  }
}
