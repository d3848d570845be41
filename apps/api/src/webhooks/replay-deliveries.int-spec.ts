import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mintEndpointId } from '#common/contracts/ids.js';
import { deliveryJobId, type WebhookDelivery } from '#common/contracts/webhook.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { WebhookQueue } from '#common/queue/webhook-queue.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { plantDelivery, type PlantedDelivery } from '../../../../test/support/webhooks.js';
import { deliveryQuery, replayRequest } from './deliveries.schema.js';
import { OwnDeliveries } from './own-deliveries.js';
import { ReplayDeliveries } from './replay-deliveries.js';
import { WebhookDeliveriesLedger } from './webhook-deliveries.ledger.js';
import { type EndpointRow, WebhookEndpointsLedger } from './webhook-endpoints.ledger.js';

const AT = 1_700_000_000_000;
const DAY = { from: AT / 1_000, to: AT / 1_000 + 86_400 };

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let queue: WebhookQueue;
let own: OwnDeliveries;
let endpoints: WebhookEndpointsLedger;

beforeAll(async () => {
  servers = await startOwnServers();
  await servers.postgres.createDatabase('sluice');
  await migrateDeploy(servers.postgres.url('sluice'), migrationsDirectory());
  redis = new Redis(servers.redis.url);
  prisma = openPrisma(servers.postgres.url('sluice'), 4);
  queue = new WebhookQueue(redis, () => undefined);
  own = new OwnDeliveries(new WebhookDeliveriesLedger(prisma));
  endpoints = new WebhookEndpointsLedger(prisma);
});
beforeEach(async () => {
  await prisma.webhookDelivery.deleteMany();
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await prisma.$disconnect();
  await servers.end();
});

const replaying = (to: Pick<WebhookQueue, 'add'> = queue) =>
  new ReplayDeliveries({ deliveries: new WebhookDeliveriesLedger(prisma), endpoints, own, queue: to });
const plant = (planted: Partial<PlantedDelivery> = {}) =>
  plantDelivery(servers.postgres.url('sluice'), { tenant: 'a', createdMs: AT, ...planted });
const many = (asked: Record<string, unknown> = {}, by = replaying(), tenant = 'a') =>
  by.many(tenant, replayRequest.parse({ ...DAY, ...asked }));
const list = (query: Record<string, unknown> = {}, tenant = 'a') =>
  own.list(tenant, deliveryQuery.parse(query));
async function queued(id: string, round: number): Promise<WebhookDelivery | null> {
  return (await queue.queue.getJob(deliveryJobId({ id, round })))?.data ?? null;
}
async function endpoint(): Promise<EndpointRow> {
  const of = { id: mintEndpointId(), tenant: 'a', description: null, secret: 's', events: [] };
  const row = await endpoints.create({ ...of, url: 'https://8.8.4.4/now' });
  if (row === null) throw new Error('there was no room');
  return row;
}

describe('deliveries', () => {
  it('are listed newest first, by page and by what they are, to their tenant alone', async () => {
    const plants = [];
    for (const [index, status] of ['dead', 'delivered', 'dead', 'pending', 'dead'].entries())
      // Two of the same moment must neither be lost nor come twice.
      plants.push(await plant({ status, createdMs: AT + Math.min(index, 3) }));
    const [oldest, second, third] = plants.map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.deliveries.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen.slice(2)).toEqual([third, second, oldest]);
    expect([...seen].sort()).toEqual(plants.map(({ id }) => id).sort());
    const ids = async (query: Record<string, unknown>) => (await list(query)).deliveries.map(({ id }) => id);
    expect(await ids({ status: 'delivered' })).toEqual([second]);
    expect(await ids({ job_id: plants[0]?.job_id })).toEqual([oldest]);
    expect(await ids({ from: String(DAY.from), to: new Date(AT + 2).toISOString() })).toEqual([
      second,
      oldest,
    ]);
    expect(await ids({ event: 'job.failed' })).toEqual([]);
    expect((await list({}, 'b')).deliveries).toEqual([]);
  });
});

describe('a replay', () => {
  it('of a delivery is one round, however many ask at once, and another one once it has ended', async () => {
    const { id, body } = await plant();
    const answers = await Promise.all([1, 2, 3].map(() => replaying().one('a', id)));
    expect(answers).toEqual(answers.map(() => ({ id, round: 1, status: 'pending' })));
    expect(await queued(id, 1)).toMatchObject({ id, body, round: 1, created_ms: AT });
    expect(await queued(id, 2)).toBeNull();
    await prisma.webhookDelivery.update({ where: { id }, data: { status: 'delivered' } });
    expect(await replaying().one('a', id)).toEqual({ id, round: 2, status: 'pending' });
    expect(await queued(id, 2)).toMatchObject({ id, body, round: 2 });
    await expect(replaying().one('b', id)).rejects.toMatchObject({ code: 'webhook_delivery_not_found' });
  });

  it('puts a pending delivery that the queue has lost into it again, under its round', async () => {
    const { id } = await plant({ status: 'pending' });
    expect(await replaying().one('a', id)).toEqual({ id, round: 0, status: 'pending' });
    expect(await queued(id, 0)).toMatchObject({ id });
    await replaying().one('a', id);
    expect(await queue.queue.count()).toBe(1);
  });

  it('leaves a delivery as it was when the queue does not take it', async () => {
    const { url, id: endpointId } = await endpoint();
    const { id } = await plant({ endpointId });
    const before = await prisma.webhookDelivery.findUnique({ where: { id } });
    const broken = replaying({
      add: async () => {
        throw new Error('Redis is away');
      },
    });
    await expect(broken.one('a', id)).rejects.toMatchObject({ code: 'dependency_unavailable' });
    await expect(many({}, broken)).rejects.toMatchObject({ code: 'dependency_unavailable' });
    expect(await prisma.webhookDelivery.findUnique({ where: { id } })).toEqual(before);
    expect(await many()).toEqual({ replayed: 1, skipped: 0, next_cursor: null });
    expect(await queued(id, 1)).toMatchObject({ url });
  });

  it('of a time takes each once, in steps, and skips those whose endpoint is deleted or disabled', async () => {
    const [open, disabled, deleted] = [await endpoint(), await endpoint(), await endpoint()];
    await endpoints.change(disabled, { isEnabled: false });
    await endpoints.delete(deleted);
    const dead = [];
    for (let index = 0; index < 50; index++)
      dead.push(await plant({ createdMs: AT + (index % 7), endpointId: index % 2 === 0 ? null : open.id }));
    for (const { id: endpointId } of [disabled, deleted]) await plant({ endpointId });
    const untouched = [await plant({ status: 'delivered' }), await plant({ createdMs: AT - 1 })];
    expect(await many({}, replaying(), 'b')).toMatchObject({ replayed: 0 });
    expect(await many({ endpoint_id: open.id })).toEqual({ replayed: 25, skipped: 0, next_cursor: null });
    expect(await many()).toEqual({ replayed: 25, skipped: 2, next_cursor: null });
    for (const { id, body } of dead) expect(await queued(id, 1)).toMatchObject({ id, body });
    for (const { id } of untouched) expect(await queued(id, 1)).toBeNull();
    await expect(many({ endpoint_id: deleted.id })).rejects.toMatchObject({
      code: 'webhook_endpoint_not_found',
    });
  });

  it('of a time ends after 1,000 and goes on with its cursor', async () => {
    await prisma.webhookDelivery.createMany({
      data: Array.from({ length: 1_030 }, (_, index) => ({
        ...{ id: `msg_${String(index).padStart(40, '0')}`, tenant: 'a', url: 'https://8.8.8.8/', body: '{}' },
        ...{ event: 'job.failed', jobId: 'job_1', status: 'dead', createdAt: new Date(AT) },
      })),
    });
    let sum = 0;
    let cursor: string | null = null;
    do {
      const page = await many(cursor === null ? {} : { cursor });
      expect(page.replayed).toBeLessThanOrEqual(1_000);
      sum += page.replayed;
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(sum).toBe(1_030);
    expect(await queue.depth(Date.now())).toMatchObject({ ready: 1_030, delayed: 0, active: 0 });
  });
});
