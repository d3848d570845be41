import type { Redis } from 'ioredis';
import {
  HEARTBEAT_EVERY_MS,
  HEARTBEAT_TTL_MS,
  type WorkerPresence,
} from '#common/contracts/worker-presence.js';
import type { Logger } from '#common/observability/logger.js';
import { keys } from '#common/redis/keys.js';

/** Tells the others that this worker lives, every two seconds; silence for three beats means gone. */
export class Presence {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly describe: () => WorkerPresence,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    await this.beat();
    this.timer = setInterval(() => void this.beat(), HEARTBEAT_EVERY_MS);
  }

  /** Says goodbye, so that nobody waits for three beats. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { id } = this.describe();
    await this.redis.pipeline().del(keys.worker(id)).zrem(keys.workers, id).exec();
  }

  async beat(): Promise<void> {
    const presence = this.describe();
    const now = Date.now();
    try {
      await this.redis
        .pipeline()
        .set(keys.worker(presence.id), JSON.stringify(presence), 'PX', HEARTBEAT_TTL_MS)
        .zadd(keys.workers, now, presence.id)
        .zremrangebyscore(keys.workers, '-inf', now - 60_000)
        .exec();
    } catch (error) {
      this.logger.debug({ err: error }, 'a heartbeat was missed');
    }
  }
}
