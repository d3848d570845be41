import type { Redis } from 'ioredis';
import {
  HEARTBEAT_EVERY_MS,
  HEARTBEAT_TTL_MS,
  type WorkerPresence,
} from '#common/contracts/worker-presence.js';
import type { Logger } from '#common/observability/logger.js';
import { keys } from '#common/redis/keys.js';
import type { Cordon } from './cordon.js';
import type { OwnUsage } from './own-usage.js';

/** Scores are clocks of several machines, so that nobody far off is dropped: its own key tells whether a worker lives. */
const HEARD_WITHIN_MS = 3_600_000;

export interface PresenceParts {
  readonly redis: Redis;
  readonly describe: () => WorkerPresence;
  readonly cordon: Cordon;
  readonly usage: Pick<OwnUsage, 'look'>;
  readonly logger: Logger;
}

/**
 * Tells the others that this worker lives, every two seconds; silence for three beats means gone. Each beat also looks whether
 * the worker is cordoned, and another one follows at once when that has changed.
 */
export class Presence {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly parts: PresenceParts) {}

  async start(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => void this.beat(), HEARTBEAT_EVERY_MS);
  }

  /** Says goodbye, so that nobody waits for three beats. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    const { redis, describe } = this.parts;
    const { id } = describe();
    await redis.pipeline().del(keys.worker(id)).zrem(keys.workers, id).exec();
  }

  async beat(): Promise<void> {
    try {
      while (!this.isStopped && (await this.beatOnce()));
    } catch (error) {
      this.parts.logger.debug({ err: error }, 'a heartbeat was missed');
    }
  }

  /** Answers whether what it said is over already. */
  private async beatOnce(): Promise<boolean> {
    const { redis, describe, cordon, usage } = this.parts;
    usage.look();
    const presence = describe();
    const { id } = presence;
    const now = Date.now();
    const [orders] =
      (await redis
        .pipeline()
        .exists(keys.workerCordon(id, 'admin'), keys.workerCordon(id, 'scaler'))
        .set(keys.worker(id), JSON.stringify(presence), 'PX', HEARTBEAT_TTL_MS)
        .zadd(keys.workers, now, id)
        .zremrangebyscore(keys.workers, '-inf', now - HEARD_WITHIN_MS)
        .exec()) ?? [];
    const [error, count] = orders ?? [new Error('no answer')];
    return error === null && cordon.see(count !== 0);
  }
}
