import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { QueuedGeneration } from '#common/contracts/generation.js';
import { GENERATE, jobOptions, queueName } from './generation-queue.js';

export interface QueueCounts {
  /** All that have been accepted and do not run. */
  readonly queued: number;
  /** Those among them that wait for a backend, not for a worker. */
  readonly deferred: number;
  readonly active: number;
  readonly failed: number;
}

/** A pool's queue as its workers have it before them. */
export interface QueueLine {
  /** Jobs that wait for a worker. */
  readonly ready: number;
  readonly active: number;
  /** Those that wait for a backend. */
  readonly deferred: number;
  /** The job that is taken next; null when none waits for a worker. */
  readonly head: string | null;
}

/** BullMQ keeps delayed jobs by their time in milliseconds times this, plus a number that keeps them in order. */
const DELAYED_SCORE_PER_MS = 0x1000;

const count = z.number();
const lineReply = z.tuple([count, count, count, count, z.string().nullable(), z.array(z.string())]);

/** BullMQ's own reason for a job whose workers vanished too often. */
export const GIVEN_UP = 'job stalled more than allowable limit';

/** Where a job stands in its queue; `missing` when the queue does not know it, or the pool has no queue any more. */
export type QueueState = 'queued' | 'active' | 'failed' | 'given-up' | 'completed' | 'missing';

/** The queues of all pools, in our words. */
export class PoolQueues {
  constructor(
    private readonly redis: Redis,
    private readonly queues: ReadonlyMap<string, Queue<QueuedGeneration>>,
    onError: (error: Error) => void,
  ) {
    for (const queue of queues.values()) queue.on('error', onError);
  }

  get pools(): string[] {
    return [...this.queues.keys()];
  }

  all(): Queue<QueuedGeneration>[] {
    return [...this.queues.values()];
  }

  byPool(): [string, Queue<QueuedGeneration>][] {
    return [...this.queues];
  }

  async add(pool: string, jobId: string, generation: QueuedGeneration, priority: number): Promise<void> {
    await this.of(pool).add(GENERATE, generation, jobOptions(jobId, priority));
  }

  /** Removes a job that no worker holds; a running one stays and its worker closes it. */
  async remove(pool: string, jobId: string): Promise<void> {
    await this.queues.get(pool)?.remove(jobId);
  }

  async counts(pool: string): Promise<QueueCounts> {
    const found = await this.of(pool).getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed');
    const deferred = found['delayed'] ?? 0;
    return {
      queued: (found['wait'] ?? 0) + (found['prioritized'] ?? 0) + deferred,
      deferred,
      active: found['active'] ?? 0,
      failed: found['failed'] ?? 0,
    };
  }

  /** One round trip. */
  async line(pool: string): Promise<QueueLine> {
    const queue = this.of(pool);
    const answers = await this.redis
      .pipeline()
      .llen(queue.toKey('wait'))
      .zcard(queue.toKey('prioritized'))
      .llen(queue.toKey('active'))
      .zcard(queue.toKey('delayed'))
      // What a worker handed back stands before all others, in a list that is taken from its end.
      .lindex(queue.toKey('wait'), -1)
      .zrange(queue.toKey('prioritized'), '0', '0')
      .exec();
    const values = (answers ?? []).map(([error, value]) => {
      if (error !== null) throw error;
      return value;
    });
    const [handedBack, prioritized, active, deferred, last, [first]] = lineReply.parse(values);
    return { ready: handedBack + prioritized, active, deferred, head: last ?? first ?? null };
  }

  /** How many of the jobs that wait for a backend come back by then (Unix ms, the clock of the worker that sent them away). */
  async dueBy(pool: string, atMs: number): Promise<number> {
    const after = (Math.floor(atMs) + 1) * DELAYED_SCORE_PER_MS;
    return this.redis.zcount(this.of(pool).toKey('delayed'), '-inf', `(${after}`);
  }

  async isPaused(pool: string): Promise<boolean> {
    return this.of(pool).isPaused();
  }

  /** Workers take nothing more from it; what they run goes on. */
  async pause(pool: string): Promise<void> {
    await this.of(pool).pause();
  }

  async resume(pool: string): Promise<void> {
    await this.of(pool).resume();
  }

  /** Jobs that wait for a worker or for a backend, at most so many of each. */
  async waiting(pool: string, atMost: number): Promise<string[]> {
    const last = atMost - 1;
    const [handedBack, prioritized, deferred] = await Promise.all([
      this.redis.lrange(this.keyOf(pool, 'wait'), 0, last),
      this.redis.zrange(this.keyOf(pool, 'prioritized'), '0', String(last)),
      this.redis.zrange(this.keyOf(pool, 'delayed'), '0', String(last)),
    ]);
    return [...handedBack, ...prioritized, ...deferred];
  }

  /** BullMQ's key of a part of a pool's queue, or of a job. */
  keyOf(pool: string, part: string): string {
    return this.of(pool).toKey(part);
  }

  /** BullMQ's sorted set of a pool's waiting jobs, for scripts that look at it. */
  prioritizedKey(pool: string): string {
    return this.of(pool).toKey('prioritized');
  }

  /** How many jobs are before this one, or null when it does not wait. */
  async position(pool: string, jobId: string): Promise<number | null> {
    const queue = this.queues.get(pool);
    if (queue === undefined) return null;
    const rank = await this.redis.zrank(queue.toKey('prioritized'), jobId);
    if (rank !== null) return rank;
    // What a worker handed back stands before all others, in a list that is taken from its end.
    const handedBack = await this.redis.lrange(queue.toKey('wait'), 0, -1);
    const at = handedBack.indexOf(jobId);
    return at === -1 ? null : handedBack.length - 1 - at;
  }

  /** Jobs that the queue holds as failed since then (Unix ms, the clock of whoever failed them). */
  async failedSince(pool: string, sinceMs: number, atMost: number): Promise<string[]> {
    return this.redis.zrangebyscore(this.of(pool).toKey('failed'), sinceMs, '+inf', 'LIMIT', 0, atMost);
  }

  async stateOf(pool: string, jobId: string): Promise<QueueState> {
    const queue = this.queues.get(pool);
    const state = (await queue?.getJobState(jobId)) ?? 'unknown';
    switch (state) {
      case 'unknown':
        return 'missing';
      case 'failed':
        return (await this.redis.hget(queue?.toKey(jobId) ?? '', 'failedReason')) === GIVEN_UP
          ? 'given-up'
          : 'failed';
      case 'active':
      case 'completed':
        return state;
      default:
        return 'queued';
    }
  }

  private of(pool: string): Queue<QueuedGeneration> {
    const queue = this.queues.get(pool);
    if (queue === undefined) throw new Error(`pool ${pool} has no queue: ${queueName(pool)}`);
    return queue;
  }
}
