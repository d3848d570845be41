import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Lookup } from '#common/network/guarded-dispatcher.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { attemptsOf, endJobs, endpointOf, queued } from '../../../../test/support/telling-worker.js';
import { TellingWorld } from '../../../../test/support/telling-world.js';

let own: OwnRedis;
let world: TellingWorld;

beforeAll(async () => void (own = await startOwnRedis()));
afterAll(() => own.end());
beforeEach(() => {
  world = new TellingWorld(own);
});
afterEach(() => world.end());

/** Everything leads to this machine. */
const home: Lookup = (_hostname, _options, callback) => {
  callback(null, [{ address: '127.0.0.1', family: 4 }]);
};
const hanging = (): void => undefined;

describe('a receiver', () => {
  it('that sends elsewhere is not followed', async () => {
    const elsewhere = await world.receiving();
    const receiver = await world.receiving((response) =>
      response.writeHead(307, { location: elsewhere.url() }).end(),
    );
    const { directory } = world.start({ stepsMs: [20] });
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(world.redis, 1);
    const made = await world.attempts(2);
    expect(made.at(-1)).toMatchObject({ status: 'dead', error: 'answered 307: redirects are not followed' });
    expect(receiver.received).toHaveLength(2);
    expect(elsewhere.received).toEqual([]);
  });

  it('that talks without end is cut off after 64 KiB; its status counts, and 1 KiB is kept', async () => {
    let written = 0;
    const talk = (response: ServerResponse): void => {
      while (!response.destroyed && response.write('€'.repeat(1_000))) written += 3_000;
      response.once('drain', () => {
        talk(response);
      });
    };
    const receiver = await world.receiving((response) => {
      talk(response.writeHead(200));
    });
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(world.redis, 1);
    const [attempt] = await world.attempts(1);
    expect(attempt).toMatchObject({ status: 'delivered', answer: '€'.repeat(341) });
    expect(attempt?.latency_ms).toBeLessThan(10_000);
    expect(written).toBeLessThan(20_000_000);
  });

  it('that hangs is given up in time, and one that is not there at once', async () => {
    const hung = await world.receiving(hanging);
    const gone = await world.receiving();
    const { directory } = world.start({ stepsMs: [], callMsMax: 300 });
    await directory.put('tenant-1', endpointOf(hung.url()));
    await directory.put('tenant-1', endpointOf(gone.url(), { id: 'whe_2' }));
    await gone.stop();
    await endJobs(world.redis, 1);
    const made = await world.attempts(2);
    expect(made.map(({ error }) => error)).toEqual(['the connection was refused', 'no answer within 0.3 s']);
    expect(made.map(({ response_status }) => response_status)).toEqual([null, null]);
  });

  it('whose name leads inside the network is not called, and nothing of the inside is told', async () => {
    const inside = await world.receiving();
    const { directory } = world.start({ stepsMs: [], allowed: '', lookUp: home });
    const urls = [`http://hooks.example.com:${inside.port}/`, inside.url(), `http://[::1]:${inside.port}/`];
    for (const [index, url] of urls.entries())
      await directory.put('tenant-1', endpointOf(url, { id: `whe_${index}` }));
    await endJobs(world.redis, 1);
    const made = await world.attempts(urls.length);
    expect(new Set(made.map(({ error }) => error))).toEqual(new Set(['the host leads inside the network']));
    expect(inside.received).toEqual([]);
  });

  it('that answers slowly delays nobody else, with hundreds of deliveries of its own', async () => {
    const slow = await world.receiving(hanging);
    const quick = await world.receiving();
    const { directory } = world.start();
    await directory.put('tenant-1', endpointOf(slow.url()));
    await directory.put('tenant-2', endpointOf(quick.url(), { id: 'whe_2' }));
    await endJobs(world.redis, 300);
    await world.arrivals(slow, 10);
    const began = performance.now();
    await endJobs(world.redis, 50, { tenant: 'tenant-2' });
    await world.arrivals(quick, 50);
    expect(performance.now() - began).toBeLessThan(10_000);
    // Nobody hangs 15 s in less than 10.
    expect(slow.received).toHaveLength(10);
    await world.sight('the others to be put off', async () =>
      (await queued(world.redis)).delayed === 290 ? true : null,
    );
    expect((await attemptsOf(world.redis)).every(({ status }) => status === 'delivered')).toBe(true);
  });

  it('that has a call open when the worker stops is called again by another, as if it had not been', async () => {
    const receiver = await world.receiving((response, _, count) => {
      if (count > 1) response.writeHead(200).end();
    });
    const first = world.start();
    await first.directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(world.redis, 1);
    await world.arrivals(receiver, 1);
    await first.stop();
    expect(await queued(world.redis)).toMatchObject({ waiting: 1, active: 0, delayed: 0 });
    world.start();
    expect(await world.attempts(1)).toMatchObject([{ number: 1, status: 'delivered' }]);
    expect([...receiver.counts().values()]).toEqual([2]);
  });

  it('that answers while the worker stops has its delivery', async () => {
    const receiver = await world.receiving((response) => {
      setTimeout(() => response.writeHead(200).end(), 300);
    });
    const first = world.start();
    await first.directory.put('tenant-1', endpointOf(receiver.url()));
    await endJobs(world.redis, 1);
    await world.arrivals(receiver, 1);
    await first.stop(10_000);
    expect(await attemptsOf(world.redis)).toMatchObject([{ number: 1, status: 'delivered' }]);
    expect(await queued(world.redis)).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
  });
});
