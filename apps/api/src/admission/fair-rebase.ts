import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';

const script = new LuaScript(new URL('./rebase.lua', import.meta.url));
const position = z.string();

/** Jobs that one step looks at: a few milliseconds of Redis. */
const STEP_JOBS = 2_000;
/** An add that was admitted before the base moved has reached the queue by then, or is withdrawn. */
const STRAGGLERS_MS = 1_000;
/** If the process dies, another one takes over after this. Each step begins it anew. */
const LOCK_MS = 10_000;

export interface RebaseParts {
  readonly redis: Redis;
  readonly queues: Pick<PoolQueues, 'pools' | 'prioritizedKey'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Keeps the priorities of a pool that is never empty below BullMQ's ceiling of 2^21 - 1. Admission says when it is due, and
 * goes on saying so until it is done: what one process leaves, the next one finishes.
 */
export class FairRebase {
  private readonly going = new Map<string, Promise<void>>();

  constructor(
    private readonly parts: RebaseParts,
    private readonly stragglers: () => Promise<unknown> = () => pause(STRAGGLERS_MS),
  ) {
    for (const pool of parts.queues.pools)
      parts.metrics.counter('sluice_fair_queue_rebases_total').inc({ pool }, 0);
  }

  start(pool: string): void {
    if (this.going.has(pool)) return;
    const done = this.run(pool)
      .catch((error: unknown) => {
        this.parts.logger.debug({ pool, err: error }, 'a rebase was cut short; another one goes on');
      })
      .finally(() => this.going.delete(pool));
    this.going.set(pool, done);
  }

  /** Resolves when no rebase goes on in this process. */
  async idle(): Promise<void> {
    await Promise.all(this.going.values());
  }

  private async run(pool: string): Promise<void> {
    const { redis, metrics, logger } = this.parts;
    const lock = keys.poolRebase(pool);
    if ((await redis.set(lock, '1', 'PX', LOCK_MS, 'NX')) === null) return;
    await this.step(pool, 'raise');
    await this.shiftAll(pool);
    await this.stragglers();
    await this.shiftAll(pool);
    await this.step(pool, 'end');
    await redis.del(lock);
    metrics.counter('sluice_fair_queue_rebases_total').inc({ pool });
    logger.info({ pool }, 'the priorities of a pool were rebased');
  }

  private async shiftAll(pool: string): Promise<void> {
    let from = '-inf';
    while (from !== '') from = await this.step(pool, 'shift', from);
  }

  private async step(pool: string, what: 'raise' | 'shift' | 'end', from = ''): Promise<string> {
    const { redis, queues } = this.parts;
    await redis.pexpire(keys.poolRebase(pool), LOCK_MS);
    const reply = await script.run(
      redis,
      [keys.poolFair(pool), queues.prioritizedKey(pool), keys.poolFinish(pool)],
      [what, from, STEP_JOBS, keys.job('')],
    );
    return position.parse(reply);
  }
}
