import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NEVER_ACCEPTED_OUTCOME } from '#common/contracts/never-accepted.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { settledEventOf, tell } from '../../../../test/support/settled-events.js';
import { attemptsOf, endJobs, endpointOf, logOf } from '../../../../test/support/telling-worker.js';
import { TellingWorld } from '../../../../test/support/telling-world.js';
import { isSignedBy } from '../../../../test/support/webhook-receiver.js';

let servers: OwnServers;
let prisma: PrismaClient;
let world: TellingWorld;

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
  prisma = openPrisma(servers.postgres.url(), 4);
});
afterAll(async () => {
  await prisma.$disconnect();
  await servers.end();
});
beforeEach(() => {
  world = new TellingWorld(servers, prisma);
});
afterEach(() => world.end());

describe('a job that ended', () => {
  it('is told to its tenant’s endpoint: the body as it was made, signed by Standard Webhooks', async () => {
    const receiver = await world.receiving((response) => response.writeHead(200).end('thank\u0000 you'));
    const { directory } = world.start();
    const endpoint = endpointOf(receiver.url());
    await directory.put('tenant-1', endpoint);
    await endJobs(world.redis, 1, { tenant: 'tenant-2' });
    const [event] = await endJobs(world.redis, 1);
    const [attempt] = await world.attempts(1);
    const [received] = receiver.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(isSignedBy(endpoint.secret, received)).toBe(true);
    expect(isSignedBy(`whsec_${Buffer.alloc(32, 9).toString('base64')}`, received)).toBe(false);
    expect(received.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^Sluice\/\d/),
    });
    expect(JSON.parse(received.raw.toString())).toMatchObject({
      type: 'job.completed',
      timestamp: '2026-01-01T00:00:01.123Z',
      data: { job_id: event?.job_id, status: 'completed', result: { response: 'Hello' } },
    });
    const [created] = await logOf(world.redis);
    expect(created).toMatchObject({
      kind: 'created',
      delivery: { id: received.id, tenant: 'tenant-1', endpoint_id: 'whe_1', body: received.raw.toString() },
    });
    expect(attempt).toMatchObject({
      delivery_id: received.id,
      number: 1,
      status: 'delivered',
      response_status: 200,
      error: null,
      answer: 'thank  you',
    });
    await world.quiet();
    expect(receiver.received).toHaveLength(1);
  });

  it('is signed with both secrets while the one before is valid, and then with one', async () => {
    const receiver = await world.receiving();
    const { directory } = world.start();
    const [now, before] = [2, 3].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);
    const secrets = { secret: now ?? '', previous_secret: before ?? '' };
    const rotated = (previous_until_ms: number) =>
      directory.put('tenant-1', endpointOf(receiver.url(), { ...secrets, previous_until_ms }));
    await rotated(Date.now() + 60_000);
    await endJobs(world.redis, 1);
    await world.arrivals(receiver, 1);
    await world.redis.del(keys.tenantWebhooks('tenant-1'));
    await rotated(Date.now() - 1);
    await endJobs(world.redis, 1);
    await world.arrivals(receiver, 2);
    const signed = receiver.received.map((each) => [
      isSignedBy(now ?? '', each),
      isSignedBy(before ?? '', each),
    ]);
    expect(signed).toEqual([
      [true, true],
      [true, false],
    ]);
  });

  it('is told at the URL that it named, and nowhere else, signed with its tenant’s own secret', async () => {
    const [named, registered] = [await world.receiving(), await world.receiving()];
    const { directory } = world.start();
    await directory.put('tenant-url', endpointOf(registered.url()));
    await endJobs(world.redis, 2, { tenant: 'tenant-url', webhook: { url: named.url('/own') } });
    await world.arrivals(named, 2);
    const { secret } = await prisma.webhookSecret.findUniqueOrThrow({ where: { tenant: 'tenant-url' } });
    expect(named.received.map((each) => isSignedBy(secret, each))).toEqual([true, true]);
    expect((await directory.read('tenant-url')).defaultSecret).toMatchObject({ secret });
    expect(registered.received).toEqual([]);
  });

  it('is told to nobody when its caller was told that it is not accepted', async () => {
    const receiver = await world.receiving();
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    const withdrawn = settledEventOf({ status: 'failed', outcome: NEVER_ACCEPTED_OUTCOME });
    const lost = settledEventOf({ status: 'failed', outcome: { attempts: 0, error_code: 'job_lost' } });
    await tell(world.redis, [withdrawn, lost]);
    await world.arrivals(receiver, 1);
    await world.quiet();
    expect(receiver.received.map(({ raw }) => raw.toString())).toEqual([
      expect.stringContaining(lost.job_id),
    ]);
  });

  it('makes the same deliveries when it is dispatched again, and nobody is told twice', async () => {
    const [one, two] = [await world.receiving(), await world.receiving()];
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(one.url()));
    await directory.put('tenant-1', endpointOf(two.url(), { id: 'whe_2' }));
    const events = await endJobs(world.redis, 20);
    await world.attempts(40);
    await tell(world.redis, events);
    await endJobs(world.redis, 1);
    await world.attempts(42);
    await world.quiet();
    for (const receiver of [one, two]) {
      expect(receiver.counts().size).toBe(21);
      expect(receiver.received).toHaveLength(21);
    }
    const ids = new Set(
      (await logOf(world.redis)).flatMap((entry) => (entry.kind === 'created' ? [entry.delivery.id] : [])),
    );
    expect(ids.size).toBe(42);
  });

  it('is told without its result when its record is gone, and what nobody can read keeps nobody waiting', async () => {
    const receiver = await world.receiving();
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await world.redis.xadd(keys.events, '*', 'outcome', 'what nobody can read');
    const event = settledEventOf();
    await tell(world.redis, [event]);
    await world.arrivals(receiver, 1);
    expect(JSON.parse(receiver.received[0]?.raw.toString() ?? '')).toMatchObject({
      type: 'job.completed',
      data: { job_id: event.job_id, result_omitted: true },
    });
    await eventually('both to be acknowledged', async () => {
      const [pending] = (await world.redis.xpending(keys.events, 'webhooks')) as [number];
      return pending === 0 ? true : null;
    });
  });

  it('waits, and loses no attempt, while PostgreSQL is away and no secret is known', async () => {
    const receiver = await world.receiving();
    await servers.postgres.stop();
    const { metrics } = world.start();
    await endJobs(world.redis, 1, { tenant: 'tenant-late', webhook: { url: receiver.url() } });
    await eventually(
      'it to be postponed',
      async () => ((await metrics.registry.metrics()).includes('result="postponed"') ? true : null),
      { withinMs: 15_000 },
    );
    expect(receiver.received).toEqual([]);
    await servers.postgres.restart();
    await world.arrivals(receiver, 1);
    expect(await world.attempts(1)).toMatchObject([{ number: 1, status: 'delivered' }]);
  });
});

describe('a tenant with 10,000 webhooks pending', () => {
  it('gets no more of them into Redis: they are dead from the beginning, to be replayed, and other tenants are told', async () => {
    await prisma.$executeRaw`
      INSERT INTO webhook_deliveries (id, tenant, url, event, job_id, body, status, created_at)
      SELECT 'full-' || n, 'tenant-1', 'https://example.com', 'job.completed', 'job', '{}', 'pending', now()
      FROM generate_series(1, 10000) AS n`;
    const [receiver, other] = [await world.receiving(), await world.receiving()];
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await directory.put('tenant-2', endpointOf(other.url(), { id: 'whe_2' }));
    const refused = await eventually('a delivery that is not sent', async () => {
      await endJobs(world.redis, 1);
      const made = await attemptsOf(world.redis);
      return made.find(({ error }) => error === 'not sent: the tenant has 10000 webhooks pending') ?? null;
    });
    expect(refused).toMatchObject({ status: 'dead', number: 1, next_attempt_ms: null });
    await endJobs(world.redis, 1, { tenant: 'tenant-2' });
    await world.arrivals(other, 1);
    await world.quiet();
    expect(receiver.received.map(({ id }) => id)).not.toContain(refused.delivery_id);
  });
});
