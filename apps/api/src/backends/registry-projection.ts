import type { Redis } from 'ioredis';
import type { Registry } from '#common/contracts/registry.js';
import type { Logger } from '#common/observability/logger.js';
import { channels, keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import type { RegistryLedger } from './registry.ledger.js';

const EVERY_MS = 30_000;
const AFTER_FAILURE_MS = 1_000;

const projectRegistry = new LuaScript(new URL('./project-registry.lua', import.meta.url));

export interface ProjectionParts {
  /** Null without PostgreSQL: then Redis keeps what it has. */
  readonly ledger: Pick<RegistryLedger, 'snapshot'> | null;
  readonly redis: Redis;
  readonly logger: Logger;
}

/**
 * Brings what PostgreSQL holds of backends and routes to Redis: whole, and never over a later one. It is repeated every 30 s,
 * and every second while it fails, so that whoever dies between a change and its projection leaves nothing undone.
 */
export class RegistryProjection {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly parts: ProjectionParts) {}

  start(): void {
    if (this.parts.ledger !== null) void this.projectAndGoOn();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** After a change. Answers whether it is in Redis already; if not, it will be. */
  async project(): Promise<boolean> {
    const { ledger, redis, logger } = this.parts;
    if (ledger === null) return false;
    try {
      await write(redis, await ledger.snapshot());
      return true;
    } catch (error) {
      logger.debug({ err: error }, 'the registry of backends was not brought to redis; trying again');
      this.goOnIn(AFTER_FAILURE_MS);
      return false;
    }
  }

  private async projectAndGoOn(): Promise<void> {
    if (await this.project()) this.goOnIn(EVERY_MS);
  }

  private goOnIn(ms: number): void {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => void this.projectAndGoOn(), ms);
  }
}

async function write(redis: Redis, registry: Registry): Promise<void> {
  await projectRegistry.run(
    redis,
    [keys.registry, keys.registryRevision],
    [registry.revision, JSON.stringify(registry), channels.registry],
  );
}
