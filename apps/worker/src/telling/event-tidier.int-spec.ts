import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { settledEventOf, tell } from '../../../../test/support/settled-events.js';
import { EventTidier } from './event-tidier.js';

let servers: OwnServers;
let redis: Redis;

beforeAll(async () => {
  servers = await startOwnServers();
});
afterAll(() => servers.end());

beforeEach(async () => {
  redis = new Redis(servers.redis.url);
  await redis.flushall();
});
afterEach(() => redis.disconnect());

const begin = (group: string) => redis.xgroup('CREATE', keys.events, group, '0', 'MKSTREAM');
const append = (count: number) =>
  tell(
    redis,
    Array.from({ length: count }, () => settledEventOf()),
  );
const tidy = () => new EventTidier(redis).tidy('recorder');

async function read(group: string, consumer: string, count: number): Promise<string[]> {
  const reply = await redis.xreadgroup('GROUP', group, consumer, 'COUNT', count, 'STREAMS', keys.events, '>');
  return (reply as [[string, [string, string[]][]]])[0][1].map(([id]) => id);
}

const ids = async (): Promise<string[]> => (await redis.xrange(keys.events, '-', '+')).map(([id]) => id);

describe('the event stream', () => {
  it('is trimmed as far as every group has acknowledged, however far one of them lags', async () => {
    await begin('recorder');
    await begin('webhooks');
    await append(50);
    const all = await ids();

    await redis.xack(keys.events, 'recorder', ...(await read('recorder', 'r', 50)));
    expect(await tidy()).toEqual({ trimmed: 0, owed: 0 });

    const lagging = await read('webhooks', 'w', 30);
    await redis.xack(keys.events, 'webhooks', ...lagging.slice(0, 10), ...lagging.slice(11));
    expect(await tidy()).toEqual({ trimmed: 10, owed: 0 });
    expect(await ids()).toEqual(all.slice(10));

    await redis.xack(keys.events, 'webhooks', lagging[10] ?? '');
    expect(await tidy()).toEqual({ trimmed: 20, owed: 0 });
    expect(await ids()).toEqual(all.slice(30));
  });

  it('owes a group what it has not read and what it has not acknowledged', async () => {
    await begin('recorder');
    await append(9);
    await read('recorder', 'r', 4);
    expect(await tidy()).toEqual({ trimmed: 0, owed: 9 });
  });

  it('is emptied when every group is done, and still knows what is owed afterwards', async () => {
    await begin('recorder');
    await append(3);
    await redis.xack(keys.events, 'recorder', ...(await read('recorder', 'r', 10)));
    expect(await tidy()).toEqual({ trimmed: 3, owed: 0 });
    await append(2);
    expect(await tidy()).toEqual({ trimmed: 0, owed: 2 });
  });

  it('is not trimmed while no group has begun', async () => {
    expect(await tidy()).toEqual({ trimmed: 0, owed: null });
    await append(5);
    expect(await tidy()).toEqual({ trimmed: 0, owed: null });
  });

  it('forgets a consumer that holds nothing, never one that holds something', async () => {
    await begin('recorder');
    await append(1);
    await read('recorder', 'holds', 1);
    await redis.xgroup('CREATECONSUMER', keys.events, 'recorder', 'idle');
    const consumers = async (): Promise<unknown[]> =>
      ((await redis.xinfo('CONSUMERS', keys.events, 'recorder')) as unknown[][]).map((flat) => flat[1]);
    expect(await consumers()).toEqual(['holds', 'idle']);
    await eventually('the idle one to be forgotten', async () => {
      await new EventTidier(redis, 50).tidy('recorder');
      return (await consumers()).length === 1 ? true : null;
    });
    expect(await consumers()).toEqual(['holds']);
  });
});
