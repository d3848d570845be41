import type { Redis } from 'ioredis';
import { isRedisUp } from '#common/redis/is-redis-up.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import { isServed, type WorkerDirectory } from '#common/presence/worker-directory.js';

export interface Readiness {
  readonly status: 'ready' | 'stopping' | 'redis-unavailable';
}

export interface HealthSummary {
  readonly status: 'healthy' | 'degraded' | 'unavailable';
  readonly timestamp: string;
  readonly redis: 'up' | 'down';
  readonly workers: number | null;
}

/** What can be said of this process. PostgreSQL is not asked: no request needs it. */
export class Health {
  constructor(
    private readonly redis: Redis,
    private readonly workers: WorkerDirectory,
    private readonly pools: readonly string[],
    private readonly shutdown: Shutdown,
  ) {}

  async readiness(): Promise<Readiness> {
    if (this.shutdown.isStopping) return { status: 'stopping' };
    return { status: (await isRedisUp(this.redis)) ? 'ready' : 'redis-unavailable' };
  }

  /** Degraded: requests are accepted, but those of some pool would wait for a worker. */
  async summary(): Promise<HealthSummary> {
    const timestamp = new Date().toISOString();
    if (!(await isRedisUp(this.redis)))
      return { status: 'unavailable', timestamp, redis: 'down', workers: null };
    const found = await Promise.all([this.workers.list(), this.workers.awake(this.pools)]).catch(() => null);
    if (found === null) return { status: 'unavailable', timestamp, redis: 'down', workers: null };
    const [workers, awake] = found;
    const generating = workers.filter(({ roles }) => roles.includes('generate'));
    const status = isServed(awake, generating) ? 'healthy' : 'degraded';
    return { status, timestamp, redis: 'up', workers: generating.length };
  }
}
