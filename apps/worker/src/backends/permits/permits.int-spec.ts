import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { OpenCalls, PermitFleet, takeAll, takeOne } from '../../../../../test/support/permit-fleet.js';
import { createDice } from '../simulator/dice.js';

const BRIEF = { leaseMs: 2_500, usableMs: 1_500 };

let fleet: PermitFleet;

beforeAll(async () => {
  fleet = await PermitFleet.start();
});
afterEach(() => fleet.empty());
afterAll(() => fleet.end());

describe('the permits of a fleet', () => {
  it.each([
    { max: 3, workers: 5, jobs: 4 },
    { max: 12, workers: 4, jobs: 6 },
    { max: 40, workers: 6, jobs: 10 },
  ])(
    'never exceed $max with $workers workers of $jobs calls, and all are used',
    async ({ max, workers, jobs }) => {
      const dice = createDice(max, 0);
      const calls = new OpenCalls();
      const seconds = AbortSignal.timeout(3_000);
      const members = await Promise.all(
        Array.from({ length: workers }, (_, at) => fleet.worker(`w${at}`, { slots: jobs })),
      );
      const served = members.map(() => 0);
      const work = async (at: number) => {
        const permits = members[at]?.permits;
        for (;;) {
          const permit = permits && (await takeOne(permits, 'a', max, seconds));
          if (!permit) return;
          calls.begin();
          served[at] = (served[at] ?? 0) + 1;
          expect(calls.now).toBeLessThanOrEqual(max);
          await pause(1 + dice() * 20);
          calls.end();
          permit.release();
          await pause(dice() * 5);
        }
      };
      await Promise.all(members.flatMap((_, at) => Array.from({ length: jobs }, async () => work(at))));
      // A busy machine need not have all of many at the very same moment.
      expect(calls.most).toBeGreaterThanOrEqual(0.9 * Math.min(max, workers * jobs));
      expect(Math.min(...served)).toBeGreaterThan(0);
    },
  );

  it('cost no command while there are enough for all', async () => {
    const [{ permits: one }, { permits: two }] = [await fleet.worker('w1'), await fleet.worker('w2')];
    for (const permits of [one, two]) (await permits.take('a', 100))?.release();
    const before = await fleet.scripts();
    const began = performance.now();
    for (let at = 0; at < 500; at++) {
      const taken = await Promise.all([one, two].map((permits) => permits.take('a', 100)));
      expect(taken).not.toContain(null);
      for (const permit of taken) permit?.release();
    }
    const renewals = 2 * (1 + Math.floor((performance.now() - began) / 1_000));
    expect((await fleet.scripts()) - before).toBeLessThanOrEqual(renewals);
  });

  it('reach whoever needs them though another worker held them in reserve', async () => {
    const [{ permits: one }, { permits: two }] = [await fleet.worker('w1'), await fleet.worker('w2')];
    (await one.take('a', 10))?.release();
    const taken: unknown[] = [];
    const signal = AbortSignal.timeout(10_000);
    while (taken.length < 10) taken.push(await takeOne(two, 'a', 10, signal));
    expect(taken).not.toContain(null);
    expect(await one.take('a', 10)).toBeNull();
  });

  it('go by turns where there are fewer than workers', async () => {
    const members = [await fleet.worker('w1'), await fleet.worker('w2'), await fleet.worker('w3')];
    const served = [0, 0, 0];
    const seconds = AbortSignal.timeout(3_000);
    const work = async (at: number) => {
      for (;;) {
        const permit = await takeOne(members[at]?.permits as never, 'a', 1, seconds);
        if (permit === null) return;
        served[at] = (served[at] ?? 0) + 1;
        await pause(2);
        permit.release();
      }
    };
    await Promise.all([0, 1, 2].flatMap((at) => [work(at), work(at), work(at)]));
    expect(Math.min(...served)).toBeGreaterThan(1);
  });

  it('come back when the lease of a worker that is gone has ended, and not before', async () => {
    const { permits: dead, redis } = await fleet.worker('w1', { times: BRIEF });
    const { permits: alive } = await fleet.worker('w2', { times: BRIEF });
    expect(await takeAll(dead, 'a', 4)).toHaveLength(4);
    redis.disconnect();
    const began = performance.now();
    const taken = await eventually('a permit', () => alive.take('a', 4), { withinMs: 10_000 });
    expect(performance.now() - began).toBeGreaterThan(BRIEF.leaseMs - 1_100);
    taken.release();
  });

  it('come back at once from a worker that stops, those of open calls when they end', async () => {
    const [{ permits: one }, { permits: two }] = [await fleet.worker('w1'), await fleet.worker('w2')];
    const [first, second] = await takeAll(one, 'a', 2);
    first?.release();
    await one.stop();
    expect(await one.take('a', 2)).toBeNull();
    expect(await takeAll(two, 'a', 2)).toHaveLength(1);
    second?.release();
    await eventually('the last permit', () => two.take('a', 2));
    expect(await fleet.redis.hexists(keys.backendPermits('a'), 'w1')).toBe(0);
  });

  it('are fewer when the maximum is lowered, as calls end', async () => {
    const [{ permits: one }, { permits: two }] = [await fleet.worker('w1'), await fleet.worker('w2')];
    const taken = await takeAll(one, 'a', 6);
    expect(await one.take('a', 2)).toBeNull();
    for (const permit of taken.slice(0, 4)) permit.release();
    expect(await two.take('a', 2)).toBeNull();
    taken[4]?.release();
    await eventually('a permit below the new maximum', () => two.take('a', 2));
    expect(await one.take('a', 2)).toBeNull();
  });

  it('are given while Redis is away as long as the lease covers them, and no longer', async () => {
    const { permits } = await fleet.worker('w1', { slots: 5, times: BRIEF });
    (await permits.take('a', 100))?.release();
    await fleet.server.redis.freeze();
    try {
      const taken = [];
      for (let at = 0; at < 5; at++) taken.push(await permits.take('a', 100));
      expect(taken).not.toContain(null);
      expect(await permits.take('a', 100)).toBeNull();
      for (const permit of taken) permit?.release();
      await eventually('the end of the lease', async () => {
        const permit = await permits.take('a', 100);
        permit?.release();
        return permit === null ? true : null;
      });
    } finally {
      await fleet.server.redis.thaw();
    }
    const permit = await eventually('a new lease', () => permits.take('a', 100));
    permit.release();
  });

  it('stay with calls that are open when Redis was away for longer than the lease', async () => {
    const [{ permits: one }, { permits: two }] = [
      await fleet.worker('w1', { times: BRIEF }),
      await fleet.worker('w2', { times: BRIEF }),
    ];
    const taken = await takeAll(one, 'a', 3);
    expect(await two.take('a', 3)).toBeNull();
    await fleet.server.redis.freeze();
    await pause(BRIEF.leaseMs + 1_500);
    await fleet.server.redis.thaw();
    await eventually('an answer', async () => ((await one.take('a', 3)) === null ? true : null));
    expect(await takeAll(two, 'a', 3)).toHaveLength(0);
    for (const permit of taken) permit.release();
    await eventually('a permit', () => two.take('a', 3));
  });

  it('tell how many calls the fleet has open, also to workers that make none', async () => {
    const [{ permits: one }, { permits: two }] = [await fleet.worker('w1'), await fleet.worker('w2')];
    const taken = [await one.take('a', 100), await one.take('a', 100), await one.take('a', 100)];
    expect(one.fleetActive('a')).toBe(3);
    const sees = (count: number) =>
      eventually(`${count} open calls`, () => (two.fleetActive('a') === count ? true : null));
    await sees(3);
    for (const permit of taken) permit?.release();
    await sees(0);
  });
});
