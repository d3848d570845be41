import type { Redis } from 'ioredis';
import { z } from 'zod';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { onDatabase } from '../http/database-trouble.js';
import { onRedis } from '#common/redis/on-redis.js';
import type { ApiKeysLedger, KeyRecord } from './api-keys.ledger.js';
import { SCOPES } from './api-keys.schema.js';

const MEMORY_MS = 30_000;
const MEMORY_MAX = 10_000;
const REDIS_MS = 7 * 24 * 3_600_000;
/** What Redis has for longer is asked of PostgreSQL again, while the request goes on. */
const FRESH_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
const NOT_KNOWN = 'This API key cannot be looked up just now. Wait as Retry-After says.';

const rememberKey = new LuaScript(new URL('./remember-key.lua', import.meta.url));

const remembered = jsonOf(
  z.object({
    id: z.string(),
    tier: z.string(),
    tenant: z.string().nullable(),
    scopes: z.array(z.enum(SCOPES)),
    models: z.array(z.string()),
    budgetUsdPerDay: z.number().nullable(),
    validUntilMs: z.number().nullable(),
    askedMs: z.number(),
  }),
);

export interface FoundKey {
  readonly record: KeyRecord;
  readonly from: 'memory' | 'redis' | 'database';
}

/**
 * Which keys work: looked up in memory, then in Redis, then in PostgreSQL. A revoked key is one that none of them knows.
 * A version in Redis moves with every change; each process looks at it every second and forgets what it kept when it moved.
 */
export class KeyDirectory {
  private readonly memory = new Map<string, { readonly record: KeyRecord; readonly until: number }>();
  private readonly asking = new Map<string, Promise<KeyRecord | null>>();
  private version = '';
  private timer: NodeJS.Timeout | undefined;

  /** `ledger` is null without PostgreSQL: then there are no keys but those that Redis remembers. */
  constructor(
    private readonly redis: Redis,
    private readonly ledger: ApiKeysLedger | null,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * The key with this hash, if it works. `beforeDatabase` may throw to spare PostgreSQL.
   * @throws Refusal dependency_unavailable when a store that would know is away.
   */
  async find(hash: string, beforeDatabase: () => void): Promise<FoundKey | null> {
    const kept = this.memory.get(hash);
    if (kept !== undefined && kept.until > performance.now()) return working(kept.record, 'memory');
    const [version, text] = await onRedis(this.redis.mget(keys.apiKeysVersion, keys.apiKey(hash)));
    const seen = version ?? '0';
    const known = text === null || text === undefined ? null : remembered.safeParse(text).data;
    if (known !== null && known !== undefined) {
      const { askedMs, ...record } = known;
      this.keep(hash, record, seen);
      if (Date.now() - askedMs > FRESH_MS) void this.learn(hash, seen).catch(() => undefined);
      return working(record, 'redis');
    }
    if (this.ledger === null) return null;
    beforeDatabase();
    const record = await this.learn(hash, seen);
    return record === null ? null : working(record, 'database');
  }

  /** After a change in PostgreSQL: within 2 s no process knows these hashes any more. */
  async forget(hashes: readonly string[]): Promise<void> {
    // The version first: from then on nobody can put back what was read before the change.
    await onRedis(this.redis.incr(keys.apiKeysVersion));
    await onRedis(this.redis.del(...hashes.map((hash) => keys.apiKey(hash))));
    this.memory.clear();
  }

  /** However many ask at once, PostgreSQL is asked once; not for whoever has seen a later change. */
  private learn(hash: string, seen: string): Promise<KeyRecord | null> {
    const question = `${seen} ${hash}`;
    const asked =
      this.asking.get(question) ?? this.learnOnce(hash, seen).finally(() => this.asking.delete(question));
    this.asking.set(question, asked);
    return asked;
  }

  private async learnOnce(hash: string, seen: string): Promise<KeyRecord | null> {
    if (this.ledger === null) return null;
    const record = await onDatabase(this.ledger.find(hash, Date.now()), NOT_KNOWN);
    if (record === null) {
      this.memory.delete(hash);
      await onRedis(this.redis.del(keys.apiKey(hash)));
      return null;
    }
    const text = JSON.stringify({ ...record, askedMs: Date.now() });
    await onRedis(
      rememberKey.run(this.redis, [keys.apiKeysVersion, keys.apiKey(hash)], [seen, text, REDIS_MS]),
    );
    this.keep(hash, record, seen);
    return record;
  }

  /** What was read before a change is not kept after it. */
  private keep(hash: string, record: KeyRecord, seen: string): void {
    if (seen !== this.version) return;
    if (this.memory.size >= MEMORY_MAX) this.memory.clear();
    this.memory.set(hash, { record, until: performance.now() + MEMORY_MS });
  }

  private async look(): Promise<void> {
    try {
      const version = (await this.redis.get(keys.apiKeysVersion)) ?? '0';
      if (version !== this.version) this.memory.clear();
      this.version = version;
    } catch {
      // Redis is away, and without it nobody enters.
    }
  }
}

function working(record: KeyRecord, from: FoundKey['from']): FoundKey | null {
  const isOver = record.validUntilMs !== null && record.validUntilMs <= Date.now();
  return isOver ? null : { record, from };
}
