import type { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { type LimitsLeft, limitsLeft } from './admission-answer.js';
import type { CountedTerms } from './admission-terms.policy.js';

const script = new LuaScript(new URL('./look.lua', import.meta.url));

/** The ring of a sliding window (rules.lua). */
const SLICE_FIELDS = Array.from({ length: 61 }, (_, slot) => String(slot));

/** What tenants have left of their limits, besides what an admission tells by itself. */
export class LimitsReader {
  constructor(private readonly redis: Redis) {}

  async read(tenant: string, counted: CountedTerms): Promise<LimitsLeft> {
    const reply = await script.run(
      this.redis,
      [keys.tenantLimits(tenant), keys.tenantInFlight(tenant), keys.tenantQueued(tenant)],
      [JSON.stringify(counted)],
    );
    return limitsLeft(String(reply));
  }

  /** Forgets what the named rules have counted. */
  async forget(tenant: string, rules: readonly string[]): Promise<void> {
    const fields = rules.flatMap((rule) =>
      ['tat', 'window', ...SLICE_FIELDS].map((part) => `${rule}:${part}`),
    );
    if (fields.length > 0) await this.redis.hdel(keys.tenantLimits(tenant), ...fields);
  }
}
