import type { Redis } from 'ioredis';
import { HEARTBEAT_TTL_MS, type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import { keys } from '#common/redis/keys.js';

/** The workers whose heartbeat is fresh. */
export class WorkerDirectory {
  constructor(private readonly redis: Redis) {}

  async list(): Promise<WorkerPresence[]> {
    const ids = await this.redis.zrangebyscore(keys.workers, Date.now() - 2 * HEARTBEAT_TTL_MS, '+inf');
    if (ids.length === 0) return [];
    const texts = await this.redis.mget(ids.map((id) => keys.worker(id)));
    return texts.filter((text) => text !== null).map((text) => workerPresence.parse(JSON.parse(text)));
  }
}
