import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { mintEndpointId } from '#common/contracts/ids.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { createLogger } from '#common/observability/logger.js';
import { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import { mintWebhookSecret, WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import {
  endpointOf,
  type EndpointRow,
  ENDPOINTS_MAX,
  WebhookEndpointsLedger,
} from './webhook-endpoints.ledger.js';
import { putRow, WebhookProjection } from './webhook-projection.js';

const logger = createLogger({ level: 'silent', app: 'api', instance: 'api-1', isPretty: false });
const LATER = new Date(Date.now() + 3_600_000);

let servers: OwnServers;
let redis: Redis;
let prisma: PrismaClient;
let endpoints: WebhookEndpointsLedger;
let secrets: WebhookSecretsLedger;
let directory: WebhookDirectory;

beforeAll(async () => {
  servers = await startOwnServers();
  await servers.postgres.createDatabase('sluice');
  await migrateDeploy(servers.postgres.url('sluice'), migrationsDirectory());
  redis = new Redis(servers.redis.url);
  redis.on('error', () => undefined);
  prisma = openPrisma(servers.postgres.url('sluice'), 8);
  endpoints = new WebhookEndpointsLedger(prisma);
  secrets = new WebhookSecretsLedger(prisma);
  directory = new WebhookDirectory(redis);
});
beforeEach(async () => {
  await prisma.webhookEndpoint.deleteMany();
  await prisma.webhookSecret.deleteMany();
  await redis.flushall();
});
afterAll(async () => {
  redis.disconnect();
  await prisma.$disconnect();
  await servers.end();
});

const create = (tenant = 'a'): Promise<EndpointRow | null> =>
  endpoints.create({
    id: mintEndpointId(),
    tenant,
    url: 'https://8.8.8.8/',
    description: null,
    secret: mintWebhookSecret(),
    events: ['job.completed'],
  });
async function created(tenant = 'a'): Promise<EndpointRow> {
  const row = await create(tenant);
  if (row === null) throw new Error('there was no room');
  await putRow(directory, row);
  return row;
}
const many = (count: number, tenant: string) =>
  Array.from({ length: count }, () => ({
    ...{ id: mintEndpointId(), tenant, url: 'https://8.8.8.8/', events: [], secret: 's' },
  }));
const projection = () => new WebhookProjection({ ledgers: { endpoints, secrets }, directory, logger });

describe('the ledger of endpoints', () => {
  it('has room for so many of a tenant, also when they come at once', async () => {
    await prisma.webhookEndpoint.createMany({ data: many(ENDPOINTS_MAX - 4, 'a') });
    const rows = await Promise.all(Array.from({ length: 8 }, () => create()));
    expect(rows.filter((row) => row === null)).toHaveLength(4);
    const [first] = await endpoints.list('a');
    await endpoints.delete({ tenant: 'a', id: first?.id ?? '' });
    expect(await create()).not.toBeNull();
    expect(await create('b')).not.toBeNull();
  });

  it('keeps the secret before at each of two rotations at once, and counts every change', async () => {
    const row = await created();
    const fresh = [mintWebhookSecret(), mintWebhookSecret()];
    await Promise.all(fresh.map((secret) => endpoints.rotate(row, secret, LATER)));
    const rotated = await endpoints.find(row);
    expect(fresh).toContain(rotated?.secret);
    expect(fresh).toContain(rotated?.previousSecret);
    expect(rotated?.previousUntil).toEqual(LATER);
    await Promise.all([1, 2, 3].map((n) => endpoints.change(row, { description: String(n) })));
    expect(await endpoints.find(row)).toMatchObject({ version: row.version + 5 });
    expect(await endpoints.rotate({ ...row, tenant: 'b' }, 'x', LATER)).toBeNull();
    expect(await endpoints.change({ ...row, tenant: 'b' }, { description: 'x' })).toBeNull();
  });

  it('keeps what an endpoint was disabled for when its owner disables it too', async () => {
    const row = await created();
    await prisma.webhookEndpoint.update({ where: { id: row.id }, data: { disabledBecause: 'gone' } });
    expect(await endpoints.change(row, { isEnabled: false })).toMatchObject({ disabledBecause: 'gone' });
    expect(await endpoints.change(row, { isEnabled: true })).toMatchObject({ disabledBecause: null });
  });
});

describe('the projection of webhooks', () => {
  it('brings all there is to Redis, and takes away what was deleted', async () => {
    const [kept, deleted] = [await created(), await created('b')];
    const secret = await secrets.ensure('a');
    await endpoints.delete(deleted);
    await redis.hset('{sluice}:tenant:a:webhooks', kept.id, 'not JSON');
    await projection().look();
    expect(await directory.read('a')).toEqual({ endpoints: [endpointOf(kept)], defaultSecret: secret });
    expect(await directory.read('b')).toEqual({ endpoints: [], defaultSecret: null });
    const gone = await prisma.webhookEndpoint.findUniqueOrThrow({ where: { id: deleted.id } });
    expect(gone).toMatchObject({ secret: '', previousSecret: null });
  });

  it('never puts an older row or secret over a later one', async () => {
    const before = await created();
    const oldSecret = await secrets.ensure('a');
    const changed = await endpoints.change(before, { url: 'https://8.8.4.4/' });
    const newSecret = await secrets.rotate('a', LATER);
    await projection().look();
    await putRow(directory, before);
    await directory.putDefaultSecret('a', oldSecret);
    const held = await directory.read('a');
    expect(held.endpoints).toMatchObject([{ url: 'https://8.8.4.4/', version: changed?.version }]);
    expect(held.defaultSecret).toEqual(newSecret);
    expect(newSecret.previous_secret).toBe(oldSecret.secret);
  });

  it('leaves a worker’s mark that PostgreSQL has not heard of, until the owner enables the endpoint', async () => {
    const row = await created();
    await directory.put('a', { ...endpointOf(row), disabled_because: 'gone' });
    const disabled = () => directory.endpoint('a', row.id).then((held) => held?.disabled_because);
    await projection().look();
    expect(await disabled()).toBe('gone');
    await endpoints.rotate(row, mintWebhookSecret(), LATER);
    await projection().look();
    expect(await disabled()).toBe('gone');
    await endpoints.change(row, { isEnabled: true });
    await projection().look();
    expect(await disabled()).toBeNull();
  });

  it('takes no mark for the place where an endpoint was before it moved', async () => {
    const row = await created();
    await endpoints.change(row, { url: 'https://8.8.4.4/' });
    await directory.put('a', { ...endpointOf(row), disabled_because: 'gone' });
    await projection().look();
    expect(await directory.endpoint('a', row.id)).toMatchObject({
      url: 'https://8.8.4.4/',
      disabled_because: null,
    });
  });

  it('brings over in one look however many there are', async () => {
    const tenants = Array.from({ length: 9 }, (_, index) => `t${index}`);
    await prisma.webhookEndpoint.createMany({ data: tenants.flatMap((tenant) => many(50, tenant)) });
    await projection().look();
    const held = await Promise.all(tenants.map((tenant) => directory.read(tenant)));
    expect(held.map((each) => each.endpoints.length)).toEqual(tenants.map(() => 50));
  });

  it('brings over lately changed ones alone, but all of them again when Redis has lost them', async () => {
    const old = await created();
    const hourAgo = new Date(Date.now() - 3_600_000);
    await prisma.webhookEndpoint.update({ where: { id: old.id }, data: { updatedAt: hourAgo } });
    const looking = projection();
    await looking.look();
    await directory.remove('a', old.id);
    const fresh = await create();
    await looking.look();
    const held = async () => (await directory.read('a')).endpoints.map(({ id }) => id).sort();
    expect(await held()).toEqual([fresh?.id]);
    await redis.flushall();
    await looking.look();
    expect(await held()).toEqual([old.id, fresh?.id].sort());
  });

  it('repeats what failed until it is done, and reports no failure', async () => {
    const row = await created();
    await redis.flushall();
    const repeating = projection();
    await repeating.after(async () => {
      throw new Error('Redis is away');
    });
    await eventually('the endpoint', () => directory.endpoint('a', row.id));
    repeating.stop();
  });
});
