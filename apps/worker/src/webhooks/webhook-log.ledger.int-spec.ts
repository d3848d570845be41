import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mintEndpointId, mintJobId } from '#common/contracts/ids.js';
import { deliveryId, type WebhookDelivery, type WebhookLogEntry } from '#common/contracts/webhook.js';
import type { PrismaClient } from '#common/database/generated/client.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma } from '#common/database/prisma.js';
import { dataRefusal } from '#common/database/sql-state.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { type LoggedWebhook, WebhookLogLedger } from './webhook-log.ledger.js';

let servers: OwnServers;
let prisma: PrismaClient;
let ledger: WebhookLogLedger;
let ids = 0;

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
  prisma = openPrisma(servers.postgres.url(), 4);
  ledger = new WebhookLogLedger(prisma);
});
afterAll(async () => {
  await prisma.$disconnect();
  await servers.end();
});

const AT_MS = 1_790_000_000_000;

const logged = (entry: WebhookLogEntry): LoggedWebhook => ({ id: `1790000000000-${String(++ids)}`, entry });

function made(round = 0, job_id = mintJobId()): { delivery: WebhookDelivery; created: LoggedWebhook } {
  const delivery: WebhookDelivery = {
    id: deliveryId(job_id, 'whe_1'),
    tenant: 'tenant-1',
    endpoint_id: 'whe_1',
    url: 'https://a.example.com/hook',
    event: 'job.completed',
    job_id,
    body: '{"type":"job.completed"}',
    created_ms: AT_MS,
    round,
  };
  return { delivery, created: logged({ kind: 'created', delivery }) };
}

function attempt(
  { id, round }: WebhookDelivery,
  number: number,
  changes: Partial<Extract<WebhookLogEntry, { kind: 'attempt' }>> = {},
): LoggedWebhook {
  return logged({
    kind: 'attempt',
    delivery_id: id,
    round,
    number,
    at_ms: AT_MS + 1_000 * number,
    latency_ms: 12.5,
    response_status: 500,
    error: 'answered 500',
    answer: 'no',
    status: 'pending',
    next_attempt_ms: AT_MS + 100_000 * number,
    ...changes,
  });
}

const DELIVERED = { status: 'delivered', response_status: 204, error: null, next_attempt_ms: null } as const;
const rowOf = ({ id }: WebhookDelivery) => prisma.webhookDelivery.findUniqueOrThrow({ where: { id } });
const attemptsOf = ({ id }: WebhookDelivery) =>
  prisma.$queryRaw<unknown[]>`SELECT number FROM webhook_attempts WHERE delivery_id = ${id} ORDER BY number`;

describe('a delivery', () => {
  it('is a row that says what its last attempt made of it', async () => {
    const { delivery, created } = made();
    expect(await ledger.record([created, attempt(delivery, 1)])).toEqual({ written: 2, duplicates: 0 });
    expect(await rowOf(delivery)).toEqual({
      id: delivery.id,
      tenant: 'tenant-1',
      endpointId: 'whe_1',
      url: 'https://a.example.com/hook',
      event: 'job.completed',
      jobId: delivery.job_id,
      body: '{"type":"job.completed"}',
      status: 'pending',
      round: 0,
      attempts: 1,
      createdAt: new Date(AT_MS),
      lastAttemptAt: new Date(AT_MS + 1_000),
      nextAttemptAt: new Date(AT_MS + 100_000),
      deliveredAt: null,
      responseStatus: 500,
      error: 'answered 500',
    });
    await ledger.record([attempt(delivery, 2, DELIVERED)]);
    expect(await rowOf(delivery)).toMatchObject({
      status: 'delivered',
      attempts: 2,
      deliveredAt: new Date(AT_MS + 2_000),
      nextAttemptAt: null,
      responseStatus: 204,
      error: null,
    });
    expect(await attemptsOf(delivery)).toHaveLength(2);
  });

  it('comes to the same row in whatever order and however often its entries arrive', async () => {
    const { delivery, created } = made();
    const [first, second] = [attempt(delivery, 1), attempt(delivery, 2, DELIVERED)];
    await ledger.record([second]);
    await ledger.record([first]);
    expect(await ledger.record([created])).toEqual({ written: 1, duplicates: 0 });
    expect(await ledger.record([created, first, second, first])).toEqual({ written: 0, duplicates: 4 });
    expect(await rowOf(delivery)).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(await attemptsOf(delivery)).toHaveLength(2);
  });

  it('comes to one row when several record at once', async () => {
    const { delivery, created } = made();
    const second = attempt(delivery, 2, DELIVERED);
    await Promise.all([
      ledger.record([created]),
      ledger.record([attempt(delivery, 1)]),
      ledger.record([second]),
      ledger.record([second, created]),
    ]);
    expect(await rowOf(delivery)).toMatchObject({ status: 'delivered', attempts: 2 });
  });

  it('stays delivered when a worker that vanished had tried once more', async () => {
    const { delivery, created } = made();
    await ledger.record([
      created,
      attempt(delivery, 1, DELIVERED),
      attempt(delivery, 1),
      attempt(delivery, 2),
    ]);
    expect(await rowOf(delivery)).toMatchObject({ status: 'delivered', error: null });
  });

  it('begins anew with each later round, never with an earlier one', async () => {
    const { delivery, created } = made();
    const again = made(1, delivery.job_id);
    const dead = attempt(delivery, 10, { status: 'dead', next_attempt_ms: null });
    await ledger.record([created, dead]);
    expect(await rowOf(delivery)).toMatchObject({ status: 'dead', attempts: 10, round: 0 });
    await ledger.record([again.created]);
    await ledger.record([created, dead]);
    expect(await rowOf(delivery)).toMatchObject({ status: 'pending', attempts: 0, round: 1 });
    await ledger.record([attempt(again.delivery, 1, DELIVERED)]);
    expect(await rowOf(delivery)).toMatchObject({ status: 'delivered', attempts: 1, round: 1 });
  });

  it('that PostgreSQL cannot take is refused with all of its batch, as data', async () => {
    const [good, bad] = [made(), made()];
    const nul = attempt(bad.delivery, 1, { answer: 'a\u0000b' });
    const refused = await ledger.record([good.created, bad.created, nul]).catch(dataRefusal);
    expect(refused).toMatchObject({ sqlState: '22021' });
    expect(await prisma.webhookDelivery.findUnique({ where: { id: good.delivery.id } })).toBeNull();
  });
});

describe('an endpoint', () => {
  const ended = (endpoint_id: string, version?: number): LoggedWebhook =>
    logged({
      kind: 'disabled',
      tenant: 'tenant-1',
      endpoint_id,
      because: 'gone',
      at_ms: AT_MS,
      ...(version === undefined ? {} : { version }),
    });
  const insert = async (enabledVersion: number): Promise<string> => {
    const id = mintEndpointId();
    await prisma.$executeRaw`
      INSERT INTO webhook_endpoints (id, tenant, url, events, secret, version, enabled_version)
      VALUES (${id}, 'tenant-1', 'https://a.example.com/', '{}', 'whsec_x', ${enabledVersion}, ${enabledVersion})`;
    return id;
  };
  const endpointOf = (id: string) => prisma.webhookEndpoint.findUniqueOrThrow({ where: { id } });

  it('is disabled as the log says, once', async () => {
    const id = await insert(0);
    expect(await ledger.record([ended(id)])).toEqual({ written: 1, duplicates: 0 });
    expect(await ledger.record([ended(id)])).toEqual({ written: 0, duplicates: 1 });
    expect(await endpointOf(id)).toMatchObject({ disabledBecause: 'gone', disabledAt: new Date(AT_MS) });
  });

  it('is not when its owner has enabled it since', async () => {
    const id = await insert(3);
    await ledger.record([ended(id, 2)]);
    expect(await endpointOf(id)).toMatchObject({ disabledBecause: null });
    await ledger.record([ended(id, 3)]);
    expect(await endpointOf(id)).toMatchObject({ disabledBecause: 'gone' });
  });
});
