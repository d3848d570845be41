import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { openPrisma, type PrismaClient } from '#common/database/prisma.js';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { tell } from '../../../../test/support/settled-events.js';
import {
  attemptsOf,
  endJobs,
  endpointOf,
  logOf,
  queued,
  type TellingPlan,
  TellingWorker,
} from '../../../../test/support/telling-worker.js';
import { type Answering, isSignedBy, WebhookReceiver } from '../../../../test/support/webhook-receiver.js';

let servers: OwnServers;
let prisma: PrismaClient;
let redis: Redis;
let workers: TellingWorker[];
let receivers: WebhookReceiver[];

beforeAll(async () => {
  servers = await startOwnServers();
  await migrateDeploy(servers.postgres.url(), migrationsDirectory());
  prisma = openPrisma(servers.postgres.url(), 4);
});
afterAll(async () => {
  await prisma.$disconnect();
  await servers.end();
});

beforeEach(async () => {
  redis = new Redis(servers.redis.url);
  await redis.flushall();
  [workers, receivers] = [[], []];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  redis.disconnect();
});

function start(plan: Partial<TellingPlan> = {}): TellingWorker {
  const worker = new TellingWorker({ url: servers.redis.url, prisma, ...plan });
  workers.push(worker);
  return worker;
}

async function receiving(answer?: Answering): Promise<WebhookReceiver> {
  const receiver = await WebhookReceiver.start(answer);
  receivers.push(receiver);
  return receiver;
}

const arrivals = (receiver: WebhookReceiver, count: number): Promise<true> =>
  eventually(`${String(count)} calls`, () => (receiver.received.length >= count ? true : null), {
    withinMs: 20_000,
  });

const attempts = async (count: number) =>
  eventually(
    `${String(count)} attempts in the log`,
    async () => {
      const made = await attemptsOf(redis);
      return made.length >= count ? made : null;
    },
    { withinMs: 20_000 },
  );

const quiet = (): Promise<true> =>
  eventually('an empty queue', async () => {
    const { wait, active, delayed } = await queued(redis);
    return wait + active + delayed === 0 ? true : null;
  });

describe('a job that ended', () => {
  it('is told to its tenant’s endpoint: the body as it was made, signed by Standard Webhooks', async () => {
    const receiver = await receiving((response) => response.writeHead(200).end('thank\u0000 you'));
    const { directory } = start();
    const endpoint = endpointOf(receiver.url());
    await directory.put('tenant-1', endpoint);
    await endJobs(redis, 1, { tenant: 'tenant-2' });
    const [event] = await endJobs(redis, 1);
    const [attempt] = await attempts(1);
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
    const [created] = await logOf(redis);
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
    await quiet();
    expect(receiver.received).toHaveLength(1);
  });

  it('is signed with both secrets while the one before is valid, and then with one', async () => {
    const receiver = await receiving();
    const { directory } = start();
    const [now, before] = [2, 3].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);
    const secrets = { secret: now ?? '', previous_secret: before ?? '' };
    const rotated = (previous_until_ms: number) =>
      directory.put('tenant-1', endpointOf(receiver.url(), { ...secrets, previous_until_ms }));
    await rotated(Date.now() + 60_000);
    await endJobs(redis, 1);
    await arrivals(receiver, 1);
    await redis.del(keys.tenantWebhooks('tenant-1'));
    await rotated(Date.now() - 1);
    await endJobs(redis, 1);
    await arrivals(receiver, 2);
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
    const [named, registered] = [await receiving(), await receiving()];
    const { directory } = start();
    await directory.put('tenant-url', endpointOf(registered.url()));
    await endJobs(redis, 2, { tenant: 'tenant-url', webhook: { url: named.url('/own') } });
    await arrivals(named, 2);
    const { secret } = await prisma.webhookSecret.findUniqueOrThrow({ where: { tenant: 'tenant-url' } });
    expect(named.received.map((each) => isSignedBy(secret, each))).toEqual([true, true]);
    expect((await directory.read('tenant-url')).defaultSecret).toMatchObject({ secret });
    expect(registered.received).toEqual([]);
  });

  it('makes the same deliveries when it is dispatched again, and nobody is told twice', async () => {
    const [one, two] = [await receiving(), await receiving()];
    const { directory } = start();
    await directory.put('tenant-1', endpointOf(one.url()));
    await directory.put('tenant-1', endpointOf(two.url(), { id: 'whe_2' }));
    const events = await endJobs(redis, 20);
    await attempts(40);
    await tell(redis, events);
    await endJobs(redis, 1);
    await attempts(42);
    await quiet();
    for (const receiver of [one, two]) {
      expect(receiver.counts().size).toBe(21);
      expect(receiver.received).toHaveLength(21);
    }
    const ids = new Set(
      (await logOf(redis)).flatMap((entry) => (entry.kind === 'created' ? [entry.delivery.id] : [])),
    );
    expect(ids.size).toBe(42);
  });

  it('is told without its result when its record is gone', async () => {
    const receiver = await receiving();
    const { directory } = start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await redis.xadd(keys.events, '*', 'outcome', 'what nobody can read');
    const [event] = await endJobs(redis, 1);
    await arrivals(receiver, 1);
    await redis.del(keys.job(event?.job_id ?? ''));
    const { job_id: _, ...rest } = event ?? {};
    const lost = await endJobs(redis, 1, { ...rest, webhook: { url: receiver.url('/lost') } });
    expect(lost).toHaveLength(1);
    await arrivals(receiver, 2);
  });

  it('waits, and loses no attempt, while PostgreSQL is away and no secret is known', async () => {
    const receiver = await receiving();
    await servers.postgres.stop();
    const { metrics } = start();
    await endJobs(redis, 1, { tenant: 'tenant-late', webhook: { url: receiver.url() } });
    await eventually(
      'it to be postponed',
      async () => ((await metrics.registry.metrics()).includes('result="postponed"') ? true : null),
      { withinMs: 15_000 },
    );
    expect(receiver.received).toEqual([]);
    await servers.postgres.restart();
    await arrivals(receiver, 1);
    expect(await attempts(1)).toMatchObject([{ number: 1, status: 'delivered' }]);
  });
});

describe('a receiver', () => {
  it('that fails three calls of ten is told everything, each delivery under one id', async () => {
    const receiver = await receiving((response, _, count) =>
      response.writeHead((count * 7) % 10 < 3 ? 503 : 200).end(),
    );
    const { directory } = start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(redis, 60);
    await eventually(
      '60 deliveries',
      async () =>
        (await attemptsOf(redis)).filter(({ status }) => status === 'delivered').length === 60 ? true : null,
      { withinMs: 20_000 },
    );
    await quiet();
    expect(receiver.counts().size).toBe(60);
    const made = await attemptsOf(redis);
    expect(made).toHaveLength(receiver.received.length);
    expect(made.filter(({ status }) => status === 'pending').length).toBeGreaterThan(10);
    for (const { number, status, next_attempt_ms } of made) {
      expect(number).toBeLessThanOrEqual(10);
      expect(next_attempt_ms === null).toBe(status === 'delivered');
    }
  });

  it('that always fails is asked ten times, and the delivery is dead', async () => {
    const receiver = await receiving((response) => response.writeHead(500).end('broken'));
    const { directory } = start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(redis, 1);
    const made = await attempts(10);
    await quiet();
    expect(made.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(made.at(-1)).toMatchObject({ status: 'dead', error: 'answered 500', answer: 'broken' });
    expect([...receiver.counts().values()]).toEqual([10]);
    expect((await queued(redis)).failed).toBe(0);
  });

  it('that answers 410 is told nothing more', async () => {
    const receiver = await receiving((response) => response.writeHead(410).end());
    const { directory } = start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    const [event] = await endJobs(redis, 1);
    expect(await attempts(1)).toMatchObject([{ status: 'dead', response_status: 410 }]);
    expect((await directory.read('tenant-1')).endpoints).toMatchObject([{ disabled_because: 'gone' }]);
    expect(await logOf(redis)).toContainEqual(
      expect.objectContaining({
        kind: 'disabled',
        tenant: 'tenant-1',
        endpoint_id: 'whe_1',
        because: 'gone',
      }),
    );
    await endJobs(redis, 1);
    await endJobs(redis, 1, { webhook: { endpoint_id: 'whe_1' } });
    expect((await attempts(2)).at(-1)).toMatchObject({
      status: 'dead',
      error: 'the endpoint is disabled (gone)',
    });
    await quiet();
    expect(receiver.received).toHaveLength(1);
    expect(event).toBeDefined();
  });

  it('that has only failed for five days is disabled; one success, and it counts anew', async () => {
    let status = 500;
    const receiver = await receiving((response) => response.writeHead(status).end());
    const { directory } = start({ stepsMs: [] });
    await directory.put('tenant-1', endpointOf(receiver.url()));
    const failing = keys.webhookFailing('whe_1');
    await endJobs(redis, 1);
    await attempts(1);
    expect(Number(await redis.get(failing))).toBeGreaterThan(1_700_000_000_000);
    await redis.set(failing, Date.now() - 4.9 * 86_400_000);
    await endJobs(redis, 1);
    await attempts(2);
    status = 200;
    await endJobs(redis, 1);
    await attempts(3);
    expect(await redis.exists(failing)).toBe(0);
    status = 500;
    await redis.set(failing, Date.now() - 5.1 * 86_400_000);
    await endJobs(redis, 1);
    await attempts(4);
    expect((await directory.read('tenant-1')).endpoints).toMatchObject([{ disabled_because: 'failing' }]);
  });

  it('that was deleted or moved: what is under way ends, or goes to the new place', async () => {
    const [old, fresh] = [await receiving((response) => response.writeHead(500).end()), await receiving()];
    const { directory } = start({ stepsMs: [300] });
    await directory.put('tenant-1', endpointOf(old.url()));
    await directory.put('tenant-1', endpointOf(old.url(), { id: 'whe_2' }));
    await endJobs(redis, 1);
    await attempts(2);
    await directory.remove('tenant-1', 'whe_1');
    await directory.remove('tenant-1', 'whe_2');
    await directory.put('tenant-1', endpointOf(fresh.url(), { id: 'whe_2' }));
    await arrivals(fresh, 1);
    expect((await attempts(4)).map(({ error }) => error)).toContain('the endpoint was deleted');
    expect(old.received).toHaveLength(2);
  });
});
