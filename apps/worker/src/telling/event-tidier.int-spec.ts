import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { settledEventOf, tell } from '../../../../test/support/settled-events.js';
import { EventTidier, type TidiedStream } from './event-tidier.js';

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
const tidier = (
  groups: readonly string[],
  limits: Pick<TidiedStream, 'silentMsMax' | 'keptMs'> = {},
): EventTidier => new EventTidier(redis, { stream: keys.events, groups, ...limits });
/** What is trimmed, and what `recorder` owes. */
async function tidy(keptMs = 0) {
  const { trimmed, owed } = await tidier(['recorder'], { keptMs }).tidy();
  return { trimmed, owed: owed['recorder'] };
}

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

  it('owes no more than there is, although Redis has forgotten over a crash how much a group has read', async () => {
    await begin('recorder');
    await append(10);
    const all = await read('recorder', 'r', 10);
    await redis.xack(keys.events, 'recorder', ...all);
    const forgetAt = (id: string) => redis.xgroup('SETID', keys.events, 'recorder', id, 'ENTRIESREAD', 1);
    await forgetAt(all[9] ?? '');
    expect(await tidy()).toEqual({ trimmed: 10, owed: 0 });
    await append(3);
    await forgetAt(all[9] ?? '');
    expect(await tidy()).toEqual({ trimmed: 0, owed: 3 });
  });

  it('is not trimmed while one of the groups that must exist is missing, and behind it once it exists', async () => {
    const both = ['recorder', 'webhooks'];
    await begin('recorder');
    await append(10);
    await redis.xack(keys.events, 'recorder', ...(await read('recorder', 'r', 10)));
    expect(await tidier(both).tidy()).toEqual({ trimmed: 0, owed: { recorder: 0, webhooks: null } });
    await begin('webhooks');
    await redis.xack(keys.events, 'webhooks', ...(await read('webhooks', 'w', 4)));
    expect(await tidier(both).tidy()).toEqual({ trimmed: 4, owed: { recorder: 0, webhooks: 6 } });
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

  it('keeps an entry for so long, although every group is done with it, and trims it later', async () => {
    await begin('recorder');
    await append(3);
    await redis.xack(keys.events, 'recorder', ...(await read('recorder', 'r', 3)));
    expect(await tidy(60_000)).toEqual({ trimmed: 0, owed: 0 });
    expect(await ids()).toHaveLength(3);
    await eventually('the entries to be old enough', async () => {
      await tidy(50);
      return (await ids()).length === 0 ? true : null;
    });
  });

  it('keeps what is younger and trims what is older, and nothing that a group has not got', async () => {
    const ages = [62_000, 61_000, 30_000, 20_000];
    const entries = ages.map((age) => `${Date.now() - age}-0`);
    for (const id of entries) await redis.xadd(keys.events, id, 'age', id);
    await begin('recorder');
    const [first = ''] = await read('recorder', 'r', 4);
    await redis.xack(keys.events, 'recorder', first);
    expect(await tidy(60_000)).toEqual({ trimmed: 1, owed: 3 });
    await redis.xack(keys.events, 'recorder', ...entries);
    expect(await tidy(60_000)).toEqual({ trimmed: 1, owed: 0 });
    expect(await ids()).toEqual(entries.slice(2));
  });

  it('keeps nothing for its age after the clock has gone back: it would grow until the clock catches up', async () => {
    await begin('recorder');
    await redis.xadd(keys.events, `${Date.now() + 3_600_000}-0`, 'of', 'the future');
    await append(2);
    await redis.xack(keys.events, 'recorder', ...(await read('recorder', 'r', 3)));
    expect(await tidy(60_000)).toEqual({ trimmed: 3, owed: 0 });
  });

  it('owes none of what it keeps, although Redis has forgotten how much a group has read', async () => {
    await begin('recorder');
    await append(10);
    const all = await read('recorder', 'r', 10);
    await redis.xack(keys.events, 'recorder', ...all);
    await redis.xgroup('SETID', keys.events, 'recorder', all[9] ?? '', 'ENTRIESREAD', 1);
    expect(await tidy(60_000)).toEqual({ trimmed: 0, owed: 0 });
    await append(3);
    expect(await tidy(60_000)).toEqual({ trimmed: 0, owed: 3 });
  });

  it('is not trimmed while no group has begun', async () => {
    expect(await tidy()).toEqual({ trimmed: 0, owed: null });
    await append(5);
    expect(await tidy()).toEqual({ trimmed: 0, owed: null });
  });

  it('forgets consumers of the named groups that hold nothing, never one that holds something', async () => {
    for (const group of ['recorder', 'webhooks']) await begin(group);
    await append(1);
    await read('recorder', 'holds', 1);
    await redis.xgroup('CREATECONSUMER', keys.events, 'recorder', 'idle');
    await redis.xgroup('CREATECONSUMER', keys.events, 'webhooks', 'idle');
    const consumers = async (group: string): Promise<unknown[]> =>
      ((await redis.xinfo('CONSUMERS', keys.events, group)) as unknown[][]).map((flat) => flat[1]);
    expect(await consumers('recorder')).toEqual(['holds', 'idle']);
    await eventually('the idle ones to be forgotten', async () => {
      await tidier(['recorder', 'webhooks'], { silentMsMax: 50 }).tidy();
      const left = await Promise.all(['recorder', 'webhooks'].map(consumers));
      return left.flat().length === 1 ? left : null;
    });
    expect(await consumers('recorder')).toEqual(['holds']);
  });
});
