import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { AdminAuditLedger, type AuditEntry } from './admin-audit.ledger.js';
import { AdminAuditReader } from './admin-audit.reader.js';
import { auditDetail } from './audit-detail.policy.js';

let servers: OwnServers;
let prisma: PrismaClient;
let ledger: AdminAuditLedger;
let reader: AdminAuditReader;

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
  prisma = openPrisma(servers.postgres.url(), 2);
  ledger = new AdminAuditLedger(prisma);
  reader = new AdminAuditReader(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await servers.end();
});
beforeEach(() => prisma.adminAudit.deleteMany());

const entryOf = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  requestId: 'req-1',
  actor: 'token',
  address: '203.0.113.7',
  action: 'POST /admin/keys',
  detail: { params: {}, query: {}, body: { name: 'ci', key: '***' } },
  ...changes,
});

describe('a row of admin_audit', () => {
  it('is there before the write, without a status, and has the status after the answer', async () => {
    const id = await ledger.begin(entryOf());
    const [row] = (await reader.newest({ limit: 1 })).entries;
    expect(row).toEqual({
      id: String(id),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      request_id: 'req-1',
      actor: 'token',
      address: '203.0.113.7',
      action: 'POST /admin/keys',
      detail: { params: {}, query: {}, body: { name: 'ci', key: '***' } },
      status: null,
    });
    await ledger.end(id, 201);
    expect((await reader.newest({ limit: 1 })).entries).toEqual([{ ...row, status: 201 }]);
  });

  it('keeps the first status that it was given', async () => {
    const id = await ledger.begin(entryOf());
    await ledger.end(id, 201);
    await ledger.end(id, 503);
    expect((await reader.newest({ limit: 1 })).entries[0]?.status).toBe(201);
  });

  it('holds whatever a path, a query or a body can say', async () => {
    const hostile = {
      'a\0': ['NUL \0', '\ud800', "it's", String.raw`\u0000`, '😀'],
      long: 'x'.repeat(100_000),
    };
    const query = { q: 'y\0'.repeat(10_000) };
    const detail = auditDetail({ params: hostile, query, body: [hostile, null, 1e308] });
    await ledger.begin(entryOf({ detail, action: 'PUT /'.padEnd(1_000, 'a'), address: '2001:db8::' }));
    const [row] = (await reader.newest({ limit: 1 })).entries;
    expect(row?.detail).toEqual(detail);
    expect(row?.action).toHaveLength(200);
  });
});

describe('reading the rows', () => {
  it('begins with the newest and goes on, page by page, to the oldest', async () => {
    for (const number of [1, 2, 3, 4, 5]) await ledger.begin(entryOf({ requestId: `req-${number}` }));
    const seen: string[][] = [];
    let before: string | undefined;
    do {
      const page = await reader.newest({ limit: 2, before });
      seen.push(page.entries.map(({ request_id }) => request_id));
      before = page.next_before ?? undefined;
    } while (before !== undefined);
    expect(seen).toEqual([['req-5', 'req-4'], ['req-3', 'req-2'], ['req-1']]);
  });

  it('is refused where there is no PostgreSQL', async () => {
    await expect(new AdminAuditReader(null).newest({ limit: 1 })).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
  });
});
