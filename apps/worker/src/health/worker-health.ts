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

export interface Readiness {
  readonly status: 'ready' | 'stopping' | 'redis-unavailable';
  readonly state: WorkerPresence['state'];
}

/** What can be said of this worker. */
export class WorkerHealth {
  constructor(private readonly parts: WorkerHealthParts) {}

  async summary(): Promise<{ status: 'healthy' | 'unavailable'; timestamp: string; worker: WorkerPresence }> {
    const status = (await isRedisUp(this.parts.redis)) && !this.isStuck() ? 'healthy' : 'unavailable';
    return { status, timestamp: new Date().toISOString(), worker: this.parts.describe() };
  }

  /** A cordoned worker is ready: a restart would make nothing better. `state` says that it takes no jobs. */
  async readiness(): Promise<Readiness> {
    const { state } = this.parts.describe();
    if (this.parts.shutdown.isStopping) return { status: 'stopping', state };
    return { status: (await isRedisUp(this.parts.redis)) ? 'ready' : 'redis-unavailable', state };
  }

  isStuck(): boolean {
    return this.parts.watchdog?.isStuck() ?? false;
  }
}
