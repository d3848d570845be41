import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PrismaClient } from '#common/database/generated/client.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma } from '#common/database/prisma.js';
import { dataRefusal } from '#common/database/sql-state.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { settledEventOf } from '../../../../test/support/settled-events.js';
import { RequestMetricsLedger } from './request-metrics.ledger.js';

let servers: OwnServers;
let prisma: PrismaClient;
let ledger: RequestMetricsLedger;

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
  prisma = openPrisma(servers.postgres.url(), 2);
  ledger = new RequestMetricsLedger(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await servers.end();
});

const rowOf = (jobId: string) => prisma.requestMetric.findUniqueOrThrow({ where: { jobId } });

describe('a row of request_metrics', () => {
  it('says what the settlement said', async () => {
    const event = settledEventOf();
    expect(await ledger.record([event])).toEqual({ written: 1, duplicates: 0 });
    const { id: _, costUsd, ...row } = await rowOf(event.job_id);
    expect(costUsd?.toNumber()).toBe(0.00012345);
    expect(row).toEqual({
      requestId: 'req-1',
      clientId: 'client-1',
      backendId: 'simulator',
      model: 'sim-fast',
      processingTimeMs: 873.5,
      inputTokens: 12,
      outputTokens: 34,
      success: true,
      timestamp: new Date(1_767_225_601_123),
      jobId: event.job_id,
      tenantId: 'tenant-1',
      pool: 'default',
      workerId: 'worker-1',
      status: 'completed',
      errorCode: null,
      acceptedAt: new Date(1_767_225_600_000),
      queueWaitMs: 250,
      attempts: 1,
      usageEstimated: false,
    });
  });

  it('says which model answered when it was a fallback, and that its tokens are estimates', async () => {
    const usage = { input_tokens: 1, output_tokens: 2, estimated: true as const };
    const event = settledEventOf({ outcome: { attempts: 2, model: 'small', usage } });
    await ledger.record([event]);
    expect(await rowOf(event.job_id)).toMatchObject({ model: 'small', usageEstimated: true });
  });

  it('leaves empty what a job that never started does not have', async () => {
    const event = settledEventOf({
      status: 'expired',
      started_ms: null,
      worker_id: null,
      outcome: { attempts: 0, error_code: 'deadline_exceeded' },
    });
    await ledger.record([event]);
    expect(await rowOf(event.job_id)).toMatchObject({
      backendId: '',
      processingTimeMs: 0,
      inputTokens: 0,
      outputTokens: 0,
      success: false,
      workerId: null,
      status: 'expired',
      errorCode: 'deadline_exceeded',
      queueWaitMs: null,
      costUsd: null,
    });
  });

  it('is written once, also when its job comes twice in one batch or again later', async () => {
    const [once, twice] = [settledEventOf(), settledEventOf()];
    expect(await ledger.record([once, twice, twice])).toEqual({ written: 2, duplicates: 1 });
    expect(await ledger.record([twice, { ...once, model: 'other' }])).toEqual({ written: 0, duplicates: 2 });
    expect(await rowOf(once.job_id)).toMatchObject({ model: 'sim-fast' });
  });

  it('keeps text as it is: quotes, braces, backslashes, NULL, nothing, emoji', async () => {
    const names = ['{a,"b"}', String.raw`back\slash`, 'NULL', '', "it's", '😀'];
    const events = names.map((client_id) => settledEventOf({ client_id }));
    await ledger.record(events);
    const rows = await Promise.all(events.map(({ job_id }) => rowOf(job_id)));
    expect(rows.map(({ clientId }) => clientId)).toEqual(names);
  });
});

describe('what PostgreSQL refuses', () => {
  const usage = { input_tokens: 3_000_000_000, output_tokens: 0 };
  it.each([
    ['a NUL character', { client_id: 'a\u0000b' }, '22021'],
    ['a model of 300 characters', { model: 'm'.repeat(300) }, '22001'],
    ['more tokens than an integer holds', { outcome: { attempts: 1, usage } }, '22003'],
  ])(
    '%s is told apart from an absence, and nothing of the batch is written',
    async (_, changes, sqlState) => {
      const good = settledEventOf();
      const error: unknown = await ledger
        .record([good, settledEventOf(changes)])
        .catch((caught: unknown) => caught);
      expect(dataRefusal(error)?.sqlState).toBe(sqlState);
      expect(await prisma.requestMetric.count({ where: { jobId: good.job_id } })).toBe(0);
    },
  );
});
