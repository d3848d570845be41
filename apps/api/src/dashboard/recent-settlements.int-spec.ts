import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import { keys } from '#common/redis/keys.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import { settledEventOf, tell } from '../../../../test/support/settled-events.js';
import { RecentSettlements } from './recent-settlements.js';

const NOW = 1_800_000_000_000;

let server: OwnRedis;
let redis: Redis;
let recent: RecentSettlements;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
});
beforeEach(async () => {
  await redis.flushall();
  recent = new RecentSettlements(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

const settle = (count: number, changes: Partial<SettledEvent>): Promise<void> =>
  tell(
    redis,
    Array.from({ length: count }, () => settledEventOf({ settled_ms: NOW, ...changes })),
  );
const by = (backend_id?: string) => ({ outcome: { attempts: 1, ...(backend_id && { backend_id }) } });

describe('what has just been settled', () => {
  it('is counted once, also when it is read twice at the same time', async () => {
    await settle(3, { status: 'expired' });
    await Promise.all([recent.refresh(NOW), recent.refresh(NOW)]);
    await recent.refresh(NOW);
    expect(recent.failed).toHaveLength(3);
    await settle(1, { status: 'failed' });
    await recent.refresh(NOW);
    expect(recent.failed.map(({ code }) => code)).toHaveLength(4);
  });

  it('is read again after a read that failed', async () => {
    await redis.set(keys.events, 'no stream');
    await expect(recent.refresh(NOW)).rejects.toThrow('WRONGTYPE');
    await redis.del(keys.events);
    await settle(1, { status: 'failed' });
    await recent.refresh(NOW);
    expect(recent.failed).toHaveLength(1);
  });

  it('makes shares of the jobs that a backend ended in the last minute', async () => {
    await settle(3, by('a'));
    await settle(1, by('b'));
    await settle(9, { ...by(), status: 'expired' });
    await recent.refresh(NOW);
    expect(recent.shares()).toEqual(
      new Map([
        ['a', 0.75],
        ['b', 0.25],
      ]),
    );
    await recent.refresh(NOW + 60_001);
    expect(recent.shares().size).toBe(0);
  });

  it('tells whose jobs ended most often, however many others came since', async () => {
    await settle(5, { tenant: 'busy' });
    for (let turn = 0; turn < 3; turn += 1) {
      await Promise.all(Array.from({ length: 400 }, (_, at) => settle(1, { tenant: `t${turn}-${at}` })));
      await recent.refresh(NOW);
      expect(recent.busiestTenants()[0]).toBe('busy');
    }
  });

  it('tells of tenants what they did in the last minute, not before', async () => {
    await settle(5, { tenant: 'was-busy', settled_ms: NOW - 59_000 });
    await settle(1, { tenant: 'is-busy' });
    await recent.refresh(NOW);
    expect(recent.busiestTenants()).toEqual(['was-busy', 'is-busy']);
    await settle(1, { tenant: 'was-busy', settled_ms: NOW + 2_000 });
    await settle(1, { tenant: 'is-busy', settled_ms: NOW + 2_000 });
    await recent.refresh(NOW + 2_000);
    expect(recent.busiestTenants()).toEqual(['is-busy', 'was-busy']);
  });
});
