import type { Redis } from 'ioredis';
import { isRedisUp } from '#common/redis/is-redis-up.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import type { Watchdog } from './watchdog.js';

export interface WorkerHealthParts {
  readonly redis: Redis;
  readonly shutdown: Shutdown;
  readonly describe: () => WorkerPresence;
  /** Absent in a worker that pulls no jobs. */
  readonly watchdog: Watchdog | null;
}

/** What can be said of this worker. */
export class WorkerHealth {
  constructor(private readonly parts: WorkerHealthParts) {}

  async summary(): Promise<{ status: 'healthy' | 'unavailable'; timestamp: string; worker: WorkerPresence }> {
    const status = (await isRedisUp(this.parts.redis)) && !this.isStuck() ? 'healthy' : 'unavailable';
    return { status, timestamp: new Date().toISOString(), worker: this.parts.describe() };
  }

  async readiness(): Promise<{ status: 'ready' | 'stopping' | 'redis-unavailable' }> {
    if (this.parts.shutdown.isStopping) return { status: 'stopping' };
    return { status: (await isRedisUp(this.parts.redis)) ? 'ready' : 'redis-unavailable' };
  }

  isStuck(): boolean {
    return this.parts.watchdog?.isStuck() ?? false;
  }
}
