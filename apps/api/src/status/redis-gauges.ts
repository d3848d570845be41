import type { Redis } from 'ioredis';
import type { Metrics } from '#common/observability/metrics.js';
import { memoryOf, type RedisMemory } from './redis-memory.policy.js';

const UNKNOWN: RedisMemory = { used: NaN, limit: NaN };

/** How full Redis is, read when it is asked for. A service that refuses INFO, or says nothing, leaves it unknown. */
export class RedisGauges {
  constructor(
    private readonly redis: Pick<Redis, 'info'>,
    private readonly metrics: Metrics,
  ) {}

  async refresh(): Promise<void> {
    const { used, limit } = await this.redis.info('memory').then(memoryOf, () => UNKNOWN);
    this.metrics.gauge('sluice_redis_memory_used_bytes').set(used);
    this.metrics.gauge('sluice_redis_memory_limit_bytes').set(limit);
  }
}
