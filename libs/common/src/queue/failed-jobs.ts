import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type QueuedGeneration, queuedGeneration } from '#common/contracts/generation.js';
import { jsonOf } from '#common/contracts/json-of.js';
import type { PoolQueues } from './pool-queues.js';

/** A place in a failed set; `failedMs` is Unix ms by the clock of whoever failed it. */
export interface FailedRef {
  readonly id: string;
  readonly failedMs: number;
}

export interface FailedRange {
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only what stands behind it, going from the newest to the oldest. */
  readonly after?: FailedRef;
}

/** What BullMQ itself knows of a failed job. */
export interface FailedDetail {
  readonly reason: string;
  readonly createdMs: number | null;
  /** How often a worker took it. */
  readonly starts: number;
}

const scores = z.array(z.string()).transform((flat): FailedRef[] => {
  const found: FailedRef[] = [];
  for (let at = 0; at < flat.length; at += 2)
    found.push({ id: flat[at] ?? '', failedMs: Number(flat[at + 1]) });
  return found;
});
const detailReply = z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable()]);
const payload = jsonOf(queuedGeneration);

/** A payload may have megabytes: only so many are asked for at once. */
const PAYLOADS_AT_ONCE = 10;

/** BullMQ's failed sets, which keep each job's payload for 7 days, 10,000 of them at most. */
export class FailedJobs {
  constructor(
    private readonly redis: Redis,
    private readonly queues: PoolQueues,
  ) {}

  /** When it failed; null when the set does not hold it. */
  async find(pool: string, id: string): Promise<FailedRef | null> {
    const score = await this.redis.zscore(this.queues.keyOf(pool, 'failed'), id);
    return score === null ? null : { id, failedMs: Number(score) };
  }

  /** At most so many, newest first; fewer only where the range ends. What is removed meanwhile shifts nothing. */
  async page(pool: string, { fromMs, toMs, after }: FailedRange, atMost: number): Promise<FailedRef[]> {
    const key = this.queues.keyOf(pool, 'failed');
    const newest = Math.min(toMs ?? Number.POSITIVE_INFINITY, after?.failedMs ?? Number.POSITIVE_INFINITY);
    const [max, min] = [Number.isFinite(newest) ? newest : '+inf', fromMs ?? '-inf'];
    for (let offset = 0; ; offset += atMost) {
      const flat = await this.redis.zrevrangebyscore(key, max, min, 'WITHSCORES', 'LIMIT', offset, atMost);
      const found = scores.parse(flat);
      const behind = found.filter((ref) => after === undefined || isBehind(ref, after));
      // A full page without a newcomer: all of them failed in the same millisecond as the one before.
      if (behind.length > 0 || found.length < atMost) return behind;
    }
  }

  /** By the order of `ids`; null where the job is gone. */
  async details(pool: string, ids: readonly string[]): Promise<(FailedDetail | null)[]> {
    const rows = await this.pipelined(pool, ids, ['failedReason', 'timestamp', 'ats']);
    return rows.map((row) => {
      const [reason, created, starts] = detailReply.parse(row);
      if (reason === null && created === null) return null;
      return {
        reason: reason ?? '',
        createdMs: created === null ? null : Number(created),
        starts: Number(starts ?? 0),
      };
    });
  }

  /** By the order of `ids`; null where the job is gone, or its payload is none of ours. */
  async payloads(pool: string, ids: readonly string[]): Promise<(QueuedGeneration | null)[]> {
    const found: (QueuedGeneration | null)[] = [];
    for (let at = 0; at < ids.length; at += PAYLOADS_AT_ONCE) {
      const rows = await this.pipelined(pool, ids.slice(at, at + PAYLOADS_AT_ONCE), ['data']);
      found.push(...rows.map(([data]) => payload.safeParse(data).data ?? null));
    }
    return found;
  }

  private async pipelined(
    pool: string,
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<(string | null)[][]> {
    if (ids.length === 0) return [];
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hmget(this.queues.keyOf(pool, id), ...fields);
    return ((await pipeline.exec()) ?? []).map(([error, row]) => {
      if (error !== null) throw error;
      return z.array(z.string().nullable()).parse(row);
    });
  }
}

/** As ZREVRANGEBYSCORE goes: by time, then by name, both downwards. */
const isBehind = (ref: FailedRef, after: FailedRef): boolean =>
  ref.failedMs < after.failedMs || (ref.failedMs === after.failedMs && ref.id < after.id);
