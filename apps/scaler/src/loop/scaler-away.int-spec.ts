import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import { ScaledWorld, whoAre } from '../../../../test/support/scaled-world.js';
import type { Wish } from '../../../../test/support/scripted-scaler.js';

const SHORT_LEASE_MS = 1_200;

const WITHIN = { withinMs: 20_000 };
let world: ScaledWorld;

beforeAll(async () => {
  world = await ScaledWorld.start();
});

afterEach(() => world.clear());
afterAll(() => world.end());

describe('instances that crash at start', () => {
  it('are quarantined after three in a row, and stay so under another scaler', async () => {
    const driver = world.driver(false, { env: { TINY_EXIT: '1' } });
    const plan = { wish: { workers: 3 }, driver };
    const first = await world.scale('first', plan);
    await world.reported('the quarantine', ({ troubles }) =>
      troubles.some((text) => text.includes('quarantined')),
    );
    await world.stop(first);
    await world.redis.del(keys.scalerReport('default'));

    await world.scale('second', plan);
    await world.reported('the quarantine', ({ troubles, scaler_id }) => {
      return scaler_id === 'second' && troubles.some((text) => text.includes('quarantined'));
    });
    expect(driver.asked).toHaveLength(3);
    expect(await driver.list()).toEqual([]);
  });
});

describe('while the driver does not answer', () => {
  it('the decision is made without instances, the report says so, and nothing is done', async () => {
    const [driver, wish] = [world.driver(), { workers: 1 }];
    await world.scale('alone', { wish, driver });
    await world.untilReady(1);
    driver.isAway = true;
    wish.workers = 0;
    await world.reported('the trouble', ({ instances, troubles }) => {
      return instances === null && troubles.includes('The driver could not be asked: the socket is away');
    });
    expect(driver.asked).toHaveLength(1);
    driver.isAway = false;
    await world.untilReady(0);
  });
});

describe('of two scalers', () => {
  it('one acts, and the other one when the first is gone', async () => {
    const wish: Wish = { workers: 1 };
    const [first, second] = [world.driver(), world.driver()];
    const leader = await world.scale('first', { wish, driver: first, leaseMs: SHORT_LEASE_MS });
    const follower = await world.scale('second', { wish, driver: second, leaseMs: SHORT_LEASE_MS });
    await world.untilReady(1);
    expect([leader.loop.isLeader, follower.loop.isLeader]).toEqual([true, false]);
    expect(second.asked).toEqual([]);

    await world.stop(leader);
    expect((await first.list()).filter(({ state }) => state === 'running')).toEqual([]);
    await world.reported('the other one to act', (report) => {
      return report.scaler_id === 'second' && whoAre(report, 'ready').length === 1;
    });
    expect(second.asked).toHaveLength(1);
  });
});

describe('while Redis is away, until every heartbeat is forgotten', () => {
  it('nobody is stopped or started, and afterwards the pool goes on with what it remembers', async () => {
    const [driver, wish] = [world.driver(), { workers: 2 }];
    await world.scale('alone', { wish, driver, leaseMs: SHORT_LEASE_MS });
    const ready = await world.untilReady(2);
    const before = await world.state();
    await world.server.redis.freeze();
    try {
      wish.workers = 3;
      const thawAt = performance.now() + 7_000;
      await eventually('the heartbeats to be too old', () => performance.now() > thawAt || null, WITHIN);
      expect(driver.asked).toHaveLength(2);
      wish.workers = 2;
    } finally {
      await world.server.redis.thaw();
    }
    const decisions = before?.memory.acted_ms ?? Infinity;
    await eventually(
      'more decisions with the same memory',
      async () => {
        const state = await world.state();
        return (state?.memory.acted_ms ?? 0) > decisions + 28 ? true : null;
      },
      WITHIN,
    );
    expect((await world.untilReady(2)).sort()).toEqual(ready.sort());
    expect(driver.asked).toHaveLength(2);
  });
});
