import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { ApiKeysLedger, type KeyRecord } from './api-keys.ledger.js';
import { newKey } from './api-keys.schema.js';
import { KeyDirectory } from './key-directory.js';
import { hashKey } from './key-format.js';
import { ManageKeys } from './manage-keys.js';

const SECRET = 'a-secret-of-tests';
const REVOKED_MS_MAX = 2_000;

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let ledger: CountingLedger;
let directories: KeyDirectory[];
let manage: ManageKeys;

class CountingLedger extends ApiKeysLedger {
  asked = 0;
  override find(hash: string, nowMs: number): Promise<KeyRecord | null> {
    this.asked += 1;
    return super.find(hash, nowMs);
  }
}

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
  redis = new Redis(servers.redis.url);
  prisma = openPrisma(servers.postgres.url(), 4);
}, 60_000);
afterAll(async () => {
  redis.disconnect();
  await prisma.$disconnect();
  await servers.end();
});
beforeEach(async () => {
  await redis.flushall();
  ledger = new CountingLedger(prisma);
  directories = [];
  manage = new ManageKeys({ ledger, directory: directory(), secret: SECRET, tiers: ['basic'] });
});
afterEach(() => {
  for (const each of directories) each.stop();
});

/** As one API process has it. */
function directory(): KeyDirectory {
  const made = new KeyDirectory(redis, ledger);
  made.start();
  directories.push(made);
  return made;
}
const create = async (): Promise<{ id: string; hash: string }> => {
  const { id, key } = await manage.create(newKey.parse({ name: 'test', tier: 'basic' }));
  return { id, hash: hashKey(key, SECRET) };
};
const sourceOf = async (where: KeyDirectory, hash: string): Promise<string | null> =>
  (await where.find(hash, () => undefined))?.from ?? null;
const untilKept = (where: KeyDirectory, hash: string) =>
  eventually('the key to be kept', async () => ((await sourceOf(where, hash)) === 'memory' ? true : null));

describe('a key', () => {
  it('is asked of PostgreSQL once; then Redis knows it, for every process, and then its memory', async () => {
    const { hash } = await create();
    const [one, other] = [directory(), directory()];
    expect(await sourceOf(one, hash)).toBe('database');
    expect(await sourceOf(other, hash)).toBe('redis');
    await untilKept(one, hash);
    expect(ledger.asked).toBe(1);
    expect(await redis.ttl(keys.apiKey(hash))).toBeGreaterThan(6 * 24 * 3_600);
  });

  it('is asked of PostgreSQL once, however many ask for it at the same time', async () => {
    const { hash } = await create();
    const one = directory();
    const found = await Promise.all(Array.from({ length: 200 }, () => sourceOf(one, hash)));
    expect(new Set(found)).toEqual(new Set(['database']));
    expect(ledger.asked).toBe(1);
  });

  it('that is revoked is known nowhere 2 s later', async () => {
    const { id, hash } = await create();
    const others = [directory(), directory()];
    for (const each of others) await untilKept(each, hash);
    await manage.revoke(id);
    const revokedAt = performance.now();
    await eventually('all to have forgotten it', async () => {
      const found = await Promise.all(others.map((each) => sourceOf(each, hash)));
      return found.every((from) => from === null) ? true : null;
    });
    expect(performance.now() - revokedAt).toBeLessThan(REVOKED_MS_MAX);
  });

  it('that was read before it was revoked is not put back into Redis after that', async () => {
    const { id, hash } = await create();
    // PostgreSQL is asked, and its answer is on its way while the key is revoked.
    const held: (() => void)[] = [];
    class SlowLedger extends ApiKeysLedger {
      override async find(wanted: string, nowMs: number): Promise<KeyRecord | null> {
        const found = await super.find(wanted, nowMs);
        await new Promise<void>((resolve) => held.push(resolve));
        return found;
      }
    }
    const slow = new KeyDirectory(redis, new SlowLedger(prisma));
    const asking = slow.find(hash, () => undefined);
    const answer = await eventually('the key to be read', () => Promise.resolve(held[0] ?? null));
    await manage.revoke(id);
    answer();
    await asking;
    expect(await redis.exists(keys.apiKey(hash))).toBe(0);
    expect(await sourceOf(directory(), hash)).toBeNull();
  });

  it('whose revocation never reached Redis stops when Redis is checked against PostgreSQL, after a minute', async () => {
    const { id, hash } = await create();
    await sourceOf(directory(), hash);
    // The process that revoked it died before it could tell Redis.
    await prisma.apiKey.update({ where: { id }, data: { revokedAt: new Date() } });
    const kept = JSON.parse((await redis.get(keys.apiKey(hash))) ?? '') as Record<string, unknown>;
    const aMinuteOld = { ...kept, askedMs: Date.now() - 61_000 };
    await redis.set(keys.apiKey(hash), JSON.stringify(aMinuteOld), 'KEEPTTL');
    const later = directory();
    expect(await sourceOf(later, hash)).toBe('redis');
    await eventually('Redis to have forgotten it', async () =>
      (await redis.exists(keys.apiKey(hash))) === 0 ? true : null,
    );
    expect(await sourceOf(later, hash)).toBeNull();
  });
});

describe('with PostgreSQL away', () => {
  it('known keys go on working, and an unknown one is no wrong one: it is told to wait', async () => {
    const { hash } = await create();
    await sourceOf(directory(), hash);
    const unseen = await create();
    await servers.postgres.stop();
    try {
      const fresh = directory();
      expect(await sourceOf(fresh, hash)).toBe('redis');
      await untilKept(fresh, hash);
      for (const unknown of [unseen.hash, hashKey('sk-sluice-nobodys', SECRET)])
        await expect(sourceOf(fresh, unknown)).rejects.toMatchObject({ code: 'dependency_unavailable' });
    } finally {
      await servers.postgres.restart();
    }
    await eventually('PostgreSQL', () => sourceOf(directory(), unseen.hash).catch(() => null));
    expect(await sourceOf(directory(), hashKey('sk-sluice-nobodys', SECRET))).toBeNull();
  });
});
