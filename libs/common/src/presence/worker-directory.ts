import type { Redis } from 'ioredis';
import { HEARTBEAT_TTL_MS, type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';

const heartbeat = jsonOf(workerPresence);

/** The workers whose heartbeat is fresh. */
export class WorkerDirectory {
  constructor(private readonly redis: Redis) {}

  async list(): Promise<WorkerPresence[]> {
    const ids = await this.redis.zrangebyscore(keys.workers, Date.now() - 2 * HEARTBEAT_TTL_MS, '+inf');
    if (ids.length === 0) return [];
    const texts = await this.redis.mget(ids.map((id) => keys.worker(id)));
    // A worker of another release may say what this one cannot read.
    return texts
      .map((text) => heartbeat.safeParse(text))
      .flatMap(({ data }) => (data === undefined ? [] : [data]));
  }
}

/** Whether every pool has a worker that would run its jobs. */
export const isServed = (pools: readonly string[], generating: readonly WorkerPresence[]): boolean =>
  pools.every((pool) => generating.some((worker) => worker.pool === pool));
