import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import { createLogger } from '#common/observability/logger.js';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { WorkerOrders } from '#common/presence/worker-orders.js';
import { failFastConnection } from '#common/redis/connections.js';
import { keys } from '#common/redis/keys.js';
import { Redis } from 'ioredis';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { presenceOf } from '../../../../test/support/presence.js';
import { ControlChannel } from './control-channel.js';
import { Cordon } from './cordon.js';
import { Presence } from './presence.js';

const ID = 'worker-1';
const LONG_MS = 60_000;
const logger = createLogger({ level: 'silent', app: 'worker', instance: ID, isPretty: false });

let server: OwnRedis;
let redis: Redis;
let readings: Redis;
let subscriber: Redis;
let orders: WorkerOrders;
let directory: WorkerDirectory;
let cordon: Cordon;
let presence: Presence;
let changes: boolean[];

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
  readings = failFastConnection(server.redis.url, ID);
  readings.on('error', () => undefined);
  subscriber = new Redis(server.redis.url);
  orders = new WorkerOrders(redis);
  directory = new WorkerDirectory(redis);
  await eventually('the connection', () => (readings.status === 'ready' ? true : null));
});
beforeEach(() => {
  changes = [];
  cordon = new Cordon();
  cordon.onChange((isCordoned) => changes.push(isCordoned));
  presence = new Presence({
    redis: readings,
    describe: () => presenceOf(ID, { state: cordon.isCordoned ? 'cordoned' : 'ready' }),
    cordon,
    usage: { look: () => undefined },
    logger,
  });
});
afterEach(async () => {
  await presence.stop();
  subscriber.removeAllListeners('message');
  await redis.flushall();
});
afterAll(async () => {
  for (const connection of [redis, readings, subscriber]) connection.disconnect();
  await server.end();
});

const stateTold = async (): Promise<WorkerPresence['state'] | undefined> => (await directory.find(ID))?.state;
const untilTold = (state: WorkerPresence['state']) =>
  eventually(`the heartbeat to say ${state}`, async () => ((await stateTold()) === state ? true : null));

describe('an order to take no jobs', () => {
  it('is obeyed and confirmed at once, and so is its end', async () => {
    const handlers = { abandon: () => undefined, look: () => void presence.beat() };
    await new ControlChannel(ID, subscriber, logger).start(handlers);
    await presence.beat();
    expect(await stateTold()).toBe('ready');
    await orders.cordon(ID, 'scaler', LONG_MS);
    await untilTold('cordoned');
    await orders.uncordon(ID, 'scaler');
    await untilTold('ready');
    expect(changes).toEqual([true, false]);
  });

  it('whose message got lost is found by the next heartbeat, which another one corrects', async () => {
    await orders.cordon(ID, 'admin', LONG_MS);
    await presence.beat();
    expect(await stateTold()).toBe('cordoned');
    await presence.beat();
    expect(changes).toEqual([true]);
  });

  it('ends by itself, unless it is renewed', async () => {
    await orders.cordon(ID, 'scaler', LONG_MS);
    await orders.cordon(ID, 'scaler', 1_000);
    await presence.beat();
    expect(await stateTold()).toBe('cordoned');
    await eventually('the order to end', async () => {
      await presence.beat();
      return cordon.isCordoned ? null : true;
    });
    expect(await stateTold()).toBe('ready');
  });

  it('holds until everybody who gave one has taken it back', async () => {
    await orders.cordon(ID, 'scaler', LONG_MS);
    await orders.cordon(ID, 'admin', LONG_MS);
    await orders.uncordon(ID, 'scaler');
    await presence.beat();
    expect(cordon.isCordoned).toBe(true);
    await orders.uncordon(ID, 'admin');
    await presence.beat();
    expect(cordon.isCordoned).toBe(false);
  });

  it('for another worker is none for this one', async () => {
    await orders.cordon('worker-2', 'admin', LONG_MS);
    await presence.beat();
    expect(changes).toEqual([]);
  });

  it('stays in force while Redis says nothing', async () => {
    await orders.cordon(ID, 'admin', LONG_MS);
    await presence.beat();
    await redis.del(keys.workerCordon(ID, 'admin'));
    await server.redis.freeze();
    try {
      await presence.beat();
      expect(cordon.isCordoned).toBe(true);
    } finally {
      await server.redis.thaw();
    }
    await eventually('the order to be gone', async () => {
      await presence.beat();
      return cordon.isCordoned ? null : true;
    });
  });
});

describe('a worker that stops', () => {
  it('says goodbye, and no late message makes it live again', async () => {
    await presence.beat();
    await presence.stop();
    await presence.beat();
    expect(await directory.find(ID)).toBeNull();
    expect(await directory.list()).toEqual([]);
  });
});
