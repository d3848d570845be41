import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { attemptsOf, endJobs, endpointOf, logOf, queued } from '../../../../test/support/telling-worker.js';
import { TellingWorld } from '../../../../test/support/telling-world.js';

let own: OwnRedis;
let world: TellingWorld;

beforeAll(async () => void (own = await startOwnRedis()));
afterAll(() => own.end());
beforeEach(() => {
  world = new TellingWorld(own);
});
afterEach(() => world.end());

describe('a receiver', () => {
  it('that fails three calls of ten is told everything, each delivery under one id', async () => {
    const receiver = await world.receiving((response, _, count) =>
      response.writeHead((count * 7) % 10 < 3 ? 503 : 200).end(),
    );
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(world.redis, 60);
    await world.sight('60 deliveries', async () =>
      (await attemptsOf(world.redis)).filter(({ status }) => status === 'delivered').length === 60
        ? true
        : null,
    );
    await world.quiet();
    expect(receiver.counts().size).toBe(60);
    const made = await attemptsOf(world.redis);
    expect(made).toHaveLength(receiver.received.length);
    expect(made.filter(({ status }) => status === 'pending').length).toBeGreaterThan(10);
    for (const { number, status, next_attempt_ms } of made) {
      expect(number).toBeLessThanOrEqual(10);
      expect(next_attempt_ms === null).toBe(status === 'delivered');
    }
  });

  it('that always fails is asked ten times, and the delivery is dead', async () => {
    const receiver = await world.receiving((response) => response.writeHead(500).end('broken'));
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(world.redis, 1);
    const made = await world.attempts(10);
    await world.quiet();
    expect(made.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(made.at(-1)).toMatchObject({ status: 'dead', error: 'answered 500', answer: 'broken' });
    expect([...receiver.counts().values()]).toEqual([10]);
    expect((await queued(world.redis)).failed).toBe(0);
  });

  it('that answers 410 is told nothing more', async () => {
    const receiver = await world.receiving((response) => response.writeHead(410).end());
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    const [event] = await endJobs(world.redis, 1);
    expect(await world.attempts(1)).toMatchObject([{ status: 'dead', response_status: 410 }]);
    expect((await directory.read('tenant-1')).endpoints).toMatchObject([{ disabled_because: 'gone' }]);
    expect(await logOf(world.redis)).toContainEqual(
      expect.objectContaining({
        kind: 'disabled',
        tenant: 'tenant-1',
        endpoint_id: 'whe_1',
        because: 'gone',
      }),
    );
    await endJobs(world.redis, 1);
    await endJobs(world.redis, 1, { webhook: { endpoint_id: 'whe_1' } });
    expect((await world.attempts(2)).at(-1)).toMatchObject({
      status: 'dead',
      error: 'the endpoint is disabled (gone)',
    });
    await world.quiet();
    expect(receiver.received).toHaveLength(1);
    expect(event).toBeDefined();
  });

  it('that has only failed for five days is disabled; one success, and it counts anew', async () => {
    let status = 500;
    const receiver = await world.receiving((response) => response.writeHead(status).end());
    const { directory } = world.start({ stepsMs: [] });
    await directory.put('tenant-1', endpointOf(receiver.url()));
    const failing = keys.webhookFailing('whe_1');
    await endJobs(world.redis, 1);
    await world.attempts(1);
    expect(Number(await world.redis.get(failing))).toBeGreaterThan(1_700_000_000_000);
    await world.redis.set(failing, Date.now() - 4.9 * 86_400_000);
    await endJobs(world.redis, 1);
    await world.attempts(2);
    status = 200;
    await endJobs(world.redis, 1);
    await world.attempts(3);
    expect(await world.redis.exists(failing)).toBe(0);
    status = 500;
    await world.redis.set(failing, Date.now() - 5.1 * 86_400_000);
    await endJobs(world.redis, 1);
    await world.attempts(4);
    expect((await directory.read('tenant-1')).endpoints).toMatchObject([{ disabled_because: 'failing' }]);
  });

  it('that was deleted or moved: what is under way ends, or goes to the new place', async () => {
    const [old, fresh] = [
      await world.receiving((response) => response.writeHead(500).end()),
      await world.receiving(),
    ];
    const { directory } = world.start({ stepsMs: [300] });
    await directory.put('tenant-1', endpointOf(old.url()));
    await directory.put('tenant-1', endpointOf(old.url(), { id: 'whe_2' }));
    await endJobs(world.redis, 1);
    await world.attempts(2);
    await directory.remove('tenant-1', 'whe_1');
    await directory.remove('tenant-1', 'whe_2');
    await directory.put('tenant-1', endpointOf(fresh.url(), { id: 'whe_2' }));
    await world.arrivals(fresh, 1);
    expect((await world.attempts(4)).map(({ error }) => error)).toContain('the endpoint was deleted');
    expect(old.received).toHaveLength(2);
  });
});
