import type { Redis } from 'ioredis';

/** Makes consumer groups of a stream, from its beginning, and the stream itself; those that exist stay as they are. */
export async function openGroups(redis: Redis, stream: string, groups: readonly string[]): Promise<void> {
  for (const group of groups) {
    try {
      await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    }
  }
}
