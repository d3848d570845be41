import type { ApiKey, PrismaClient } from '#common/database/generated/client.js';
import { SCOPES, type Scope } from './api-keys.schema.js';

export type ApiKeyRow = ApiKey;

/** What is known of a key that works. Its hash is what it is found by. */
export interface KeyRecord {
  readonly id: string;
  readonly tier: string;
  readonly tenant: string | null;
  readonly scopes: readonly Scope[];
  /** Model patterns; empty: every model. */
  readonly models: readonly string[];
  readonly budgetUsdPerDay: number | null;
  /** When it stops working by itself (Unix ms). */
  readonly validUntilMs: number | null;
}

export interface NewRow extends Pick<ApiKey, 'id' | 'hash' | 'name' | 'tier' | 'tenant' | 'expiresAt'> {
  readonly scopes: Scope[];
  readonly models: string[];
  readonly budgetUsdPerDay: number | null;
}

/** A change of a key, and the hashes that anybody may still keep of it. */
export interface Changed {
  readonly row: ApiKey;
  readonly hashes: readonly string[];
}

const LISTED_MAX = 1_000;

/** The rows of `api_keys`. Throws what Prisma throws when PostgreSQL is away. */
export class ApiKeysLedger {
  constructor(private readonly prisma: PrismaClient) {}

  create(row: NewRow): Promise<ApiKey> {
    return this.prisma.apiKey.create({ data: row });
  }

  /** Newest first, at most 1,000. */
  list(): Promise<ApiKey[]> {
    return this.prisma.apiKey.findMany({ orderBy: { createdAt: 'desc' }, take: LISTED_MAX });
  }

  /** The key with this hash, now or before its last rotation, if it works; null else. */
  async find(hash: string, nowMs: number): Promise<KeyRecord | null> {
    const row = await this.prisma.apiKey.findFirst({ where: { OR: [{ hash }, { previousHash: hash }] } });
    if (row?.revokedAt !== null) return null;
    const ends = [row.expiresAt, row.hash === hash ? null : row.previousUntil].flatMap((end) =>
      end === null ? [] : [end.getTime()],
    );
    const validUntilMs = ends.length === 0 ? null : Math.min(...ends);
    if (validUntilMs !== null && validUntilMs <= nowMs) return null;
    return recordOf(row, validUntilMs);
  }

  byId(id: string): Promise<ApiKey | null> {
    return this.prisma.apiKey.findUnique({ where: { id } });
  }

  /** Idempotent: a key that is revoked stays as it is. Null when there is none. */
  async revoke(id: string): Promise<Changed | null> {
    await this.prisma.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
    const row = await this.prisma.apiKey.findUnique({ where: { id } });
    return row === null ? null : { row, hashes: hashesOf(row) };
  }

  /** Gives a key another secret part; the one so far works until `previousUntil`. Null when there is none that works. */
  async rotate(id: string, hash: string, previousUntil: Date): Promise<Changed | null> {
    return this.prisma.$transaction(async (prisma) => {
      const before = await prisma.apiKey.findUnique({ where: { id, revokedAt: null } });
      if (before === null) return null;
      const row = await prisma.apiKey.update({
        // Of two rotations at once the second one finds another hash and fails.
        where: { id, hash: before.hash },
        data: { hash, previousHash: before.hash, previousUntil },
      });
      return { row, hashes: hashesOf(before) };
    });
  }
}

const hashesOf = ({ hash, previousHash }: ApiKey): string[] =>
  previousHash === null ? [hash] : [hash, previousHash];

export const recordOf = (row: ApiKey, validUntilMs: number | null): KeyRecord => ({
  id: row.id,
  tier: row.tier,
  tenant: row.tenant,
  scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
  models: row.models,
  budgetUsdPerDay: row.budgetUsdPerDay === null ? null : row.budgetUsdPerDay.toNumber(),
  validUntilMs,
});
