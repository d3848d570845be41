import type { Redis } from 'ioredis';
import { type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';

const heartbeat = jsonOf(workerPresence);

/** The workers whose heartbeat is fresh: it ends by itself, so that no clock needs to agree with another. */
export class WorkerDirectory {
  constructor(private readonly redis: Redis) {}

  async list(): Promise<WorkerPresence[]> {
    const ids = await this.redis.zrange(keys.workers, '0', '-1');
    if (ids.length === 0) return [];
    const texts = await this.redis.mget(ids.map((id) => keys.worker(id)));
    // A worker of another release may say what this one cannot read.
    return texts
      .map((text) => heartbeat.safeParse(text))
      .flatMap(({ data }) => (data === undefined ? [] : [data]));
  }

  /** Null when it is not there. */
  async find(id: string): Promise<WorkerPresence | null> {
    return heartbeat.safeParse(await this.redis.get(keys.worker(id))).data ?? null;
  }

  /** Without the pools that need no worker now: their scaler starts one as soon as a job comes. */
  async awake(pools: readonly string[]): Promise<string[]> {
    const asleep = await this.redis.mget(pools.map((pool) => keys.poolAsleep(pool)));
    return pools.filter((_, at) => asleep[at] === null);
  }
}

/** Whether every pool has a worker that would run its jobs. */
export const isServed = (pools: readonly string[], generating: readonly WorkerPresence[]): boolean =>
  pools.every((pool) => generating.some((worker) => worker.pool === pool && worker.state !== 'cordoned'));
