import type { Redis } from 'ioredis';
import { z } from 'zod';
import { keys } from '#common/redis/keys.js';
import { type CountedWork, countableAt, sumCounters } from './counted-work.policy.js';
import { BUCKET_MS } from './work-series.policy.js';

const COUNTER_SECONDS = 10;
/** Two weeks: how long PostgreSQL may be away before the oldest is given up. */
const NOTED_MAX = 2_016;

const counters = z.record(z.string(), z.coerce.number());
const noted = z.object({
  at_ms: z.number(),
  busy_slot_seconds: z.number(),
  served: z.number(),
  accepted: z.number(),
});

/**
 * What a pool has worked, ten minutes by ten minutes. Its counters live in Redis for 15 minutes; what they come to is noted there
 * until somebody has kept it. Ten minutes at whose end nobody looked in time stay unknown.
 */
export class WorkCounters {
  private lastNotedMs = 0;

  /** `redis` is a fail-fast connection. */
  constructor(
    private readonly redis: Redis,
    private readonly pool: string,
  ) {}

  /** Notes the newest whole ten minutes, once. `nowMs` is Redis's time. */
  async note(nowMs: number): Promise<void> {
    const atMs = countableAt(nowMs);
    if (atMs === null || atMs === this.lastNotedMs) return;
    const work = sumCounters(atMs, await this.read(atMs));
    await this.redis.hsetnx(keys.scalerWork(this.pool), String(atMs), JSON.stringify(work));
    this.lastNotedMs = atMs;
  }

  /** What is noted and not yet kept, the oldest first. */
  async noted(): Promise<CountedWork[]> {
    const fields = await this.redis.hvals(keys.scalerWork(this.pool));
    const works = fields
      .map((text) => noted.parse(JSON.parse(text)))
      .sort((left, right) => left.at_ms - right.at_ms);
    const tooMany = works.slice(0, Math.max(0, works.length - NOTED_MAX));
    await this.forget(tooMany);
    return works.slice(tooMany.length);
  }

  async forget(works: readonly CountedWork[]): Promise<void> {
    if (works.length === 0) return;
    await this.redis.hdel(keys.scalerWork(this.pool), ...works.map(({ at_ms }) => String(at_ms)));
  }

  private async read(atMs: number): Promise<Record<string, number>[]> {
    const pipeline = this.redis.pipeline();
    const from = atMs / 1_000;
    for (let second = from; second < from + BUCKET_MS / 1_000; second += COUNTER_SECONDS)
      pipeline.hgetall(`${keys.poolCounters(this.pool)}:${second}`);
    return ((await pipeline.exec()) ?? []).map(([error, fields]) => {
      if (error !== null) throw error;
      return counters.parse(fields);
    });
  }
}
