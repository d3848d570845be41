import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { EMPTY_REGISTRY, type Registry } from '#common/contracts/registry.js';
import { createLogger } from '#common/observability/logger.js';
import { patientConnection } from '#common/redis/connections.js';
import { channels, keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { RegistryWatch } from './registry-watch.js';

const IN_FORCE_MS_MAX = 2_000;
const logger = createLogger({ level: 'silent', app: 'worker', instance: 'w', isPretty: false });

let server: OwnRedis;
let writer: Redis;
let subscriber: Redis;
let redis: Redis;
let watch: RegistryWatch;
let applied: number[];

beforeAll(async () => {
  server = await startOwnRedis();
  writer = new Redis(server.redis.url);
  subscriber = patientConnection(server.redis.url, 'subscriber');
  redis = patientConnection(server.redis.url, 'commands');
  for (const connection of [writer, subscriber, redis]) connection.on('error', () => undefined);
});
beforeEach(() => {
  applied = [];
  const directory = { apply: ({ revision }: Registry) => (applied.push(revision), []) };
  watch = new RegistryWatch({ subscriber, redis, directory, logger });
});
afterEach(async () => {
  watch.stop();
  subscriber.removeAllListeners('message');
  await writer.flushall();
});
afterAll(async () => {
  for (const connection of [writer, subscriber, redis]) connection.disconnect();
  await server.end();
});

async function write(
  revision: number,
  text = JSON.stringify({ ...EMPTY_REGISTRY, revision }),
): Promise<void> {
  await writer.mset(keys.registry, text, keys.registryRevision, revision);
}
const isApplied = (revision: number, withinMs = IN_FORCE_MS_MAX) =>
  eventually(`revision ${revision}`, () => (applied.at(-1) === revision ? true : null), { withinMs });

describe('the watch over the registry', () => {
  it('has what is there in force before it has started', async () => {
    await write(5);
    await watch.start();
    expect(applied).toEqual([5]);
  });

  it('has a change in force at once when it is told, and within 2 s when it is not', async () => {
    await watch.start();
    await write(1);
    await writer.publish(channels.registry, '1');
    await isApplied(1, 500);
    await write(2);
    await isApplied(2);
  });

  it('follows a registry that was lost and made anew with an older revision', async () => {
    await write(9);
    await watch.start();
    await write(3);
    await isApplied(3);
    expect(applied).toEqual([9, 3]);
  });

  it('keeps what it knew when the registry is lost, cannot be read, or Redis is away', async () => {
    await write(1);
    await watch.start();
    await writer.del(keys.registry, keys.registryRevision);
    await writer.publish(channels.registry, '');
    await write(2, '{"revision":2,"added":[{"kind":"of a later release"}]}');
    await writer.publish(channels.registry, '2');
    await server.redis.stop();
    await server.redis.restart();
    await eventually('redis', async () => (await writer.ping().catch(() => null)) && true);
    expect(applied).toEqual([1]);
    await write(3);
    await isApplied(3, 5_000);
    expect(applied).toEqual([1, 3]);
  });
});
