import type { Redis } from 'ioredis';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import { isRedisUp } from '#common/redis/is-redis-up.js';

/** What a scaler says of itself. */
export interface ScalerState {
  readonly id: string;
  readonly role: 'leader' | 'follower';
  readonly mode: string;
  readonly driver: string;
  readonly pools: readonly string[];
}

export interface ScalerHealthParts {
  readonly redis: Redis;
  readonly shutdown: Shutdown;
  readonly describe: () => ScalerState;
  /** Whether it would work again after a restart. */
  readonly isStuck: () => boolean;
}

/** What can be said of this scaler. A follower is as healthy as the leader. */
export class ScalerHealth {
  constructor(private readonly parts: ScalerHealthParts) {}

  async summary(): Promise<{ status: 'healthy' | 'unavailable'; timestamp: string; scaler: ScalerState }> {
    const status = (await isRedisUp(this.parts.redis)) && !this.isStuck() ? 'healthy' : 'unavailable';
    return { status, timestamp: new Date().toISOString(), scaler: this.parts.describe() };
  }

  async readiness(): Promise<{ status: 'ready' | 'stopping' | 'redis-unavailable' }> {
    if (this.parts.shutdown.isStopping) return { status: 'stopping' };
    return { status: (await isRedisUp(this.parts.redis)) ? 'ready' : 'redis-unavailable' };
  }

  isStuck(): boolean {
    return this.parts.isStuck();
  }
}
