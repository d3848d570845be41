import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { EMPTY_REGISTRY, type Registry, registry } from '#common/contracts/registry.js';
import { keys } from '#common/redis/keys.js';

const projection = jsonOf(registry);

/** The registry as workers have it. */
export class RegistryReader {
  constructor(private readonly redis: Redis) {}

  /** Empty while there is none. Throws when it cannot be read. */
  async read(): Promise<Registry> {
    const text = await this.redis.get(keys.registry);
    return text === null ? EMPTY_REGISTRY : projection.parse(text);
  }
}
