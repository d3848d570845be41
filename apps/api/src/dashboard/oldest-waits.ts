import type { Redis } from 'ioredis';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import type { JobRecords } from '#common/settlement/job-records.js';

/**
 * How long the longest-waiting job of each pool has waited: the one that is taken next, or the one whose deadline comes first,
 * whichever is older. Jobs with the same deadline are then all covered; one that asked for a longer deadline than others may
 * have waited longer.
 */
export class OldestWaits {
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
    private readonly records: Pick<JobRecords, 'readManySummaries'>,
  ) {}

  /** In milliseconds by pool; null where no job waits. Three round trips for all pools together. */
  async read(): Promise<ReadonlyMap<string, number | null>> {
    const nowMs = await readRedisTime(this.redis);
    const found = await Promise.all(this.queues.pools.map((pool) => this.candidates(pool, nowMs)));
    const records = await this.records.readManySummaries(found.flat());
    const created = new Map(records.flatMap((record) => (record === null ? [] : [[record.id, record]])));
    return new Map(
      this.queues.pools.map((pool, at) => {
        const waits = (found[at] ?? []).flatMap((id) => {
          const record = created.get(id);
          return record?.status === 'queued' ? [Math.max(0, nowMs - record.created_ms)] : [];
        });
        return [pool, waits.length === 0 ? null : Math.max(...waits)];
      }),
    );
  }

  private async candidates(pool: string, nowMs: number): Promise<string[]> {
    const [{ head }, due] = await Promise.all([
      this.queues.line(pool),
      this.redis.zrangebyscore(keys.poolQueued(pool), nowMs, '+inf', 'LIMIT', 0, 1),
    ]);
    return [...new Set([...(head === null ? [] : [head]), ...due])];
  }
}
