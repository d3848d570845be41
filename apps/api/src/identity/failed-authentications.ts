import type { Redis } from 'ioredis';
import { digest } from '#common/contracts/digest.js';
import { Refusal } from '#common/errors/refusal.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { onRedis } from '#common/redis/on-redis.js';

const script = new LuaScript(new URL('./failed-authentication.lua', import.meta.url));

const PER_MINUTE = 30;
const BLOCKED_MAX = 10_000;

/**
 * Failed authentications are limited per address, over all API processes. Whoever is over the limit is refused here,
 * without another look at any store, until the next try is allowed. A key that is known and valid is never refused.
 */
export class FailedAuthentications {
  /** By address: until when, in this process's own time. */
  private readonly blocked = new Map<string, number>();

  constructor(
    private readonly redis: Redis,
    private readonly perMinute = PER_MINUTE,
  ) {}

  /** @throws Refusal rate_limit_exceeded for an address that is over the limit. */
  refuseBlocked(address: string): void {
    const until = this.blocked.get(address);
    if (until === undefined) return;
    const leftMs = until - performance.now();
    if (leftMs > 0) throw limited(leftMs);
    this.blocked.delete(address);
  }

  /** @throws Refusal rate_limit_exceeded when that was one too many, dependency_unavailable when Redis is away. */
  async count(address: string): Promise<void> {
    const key = keys.failedAuthentications(digest(address));
    const waitMs = Number(await onRedis(script.run(this.redis, [key], [this.perMinute])));
    if (waitMs === 0) return;
    if (this.blocked.size >= BLOCKED_MAX) this.blocked.clear();
    this.blocked.set(address, performance.now() + waitMs);
    throw limited(waitMs);
  }
}

const limited = (waitMs: number): Refusal =>
  new Refusal('rate_limit_exceeded', {
    message:
      'Rule failed_authentications: too many keys or tokens from your address were not valid. Wait as Retry-After says, and check the key.',
    retryAfterSeconds: waitMs / 1_000,
  });
