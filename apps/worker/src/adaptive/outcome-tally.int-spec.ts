import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { keys } from '#common/redis/keys.js';
import { eventually } from '../../../../test/support/eventually.js';
import {
  COMPLETED,
  ENDLESS,
  hear,
  TallyingFleet,
  THROTTLED,
  WINDOWS,
} from '../../../../test/support/tallying-fleet.js';

let fleet: TallyingFleet;

beforeAll(async () => {
  fleet = await TallyingFleet.start();
});
afterEach(() => fleet.empty());
afterAll(() => fleet.end());

describe('the tally', () => {
  it('asks Redis nothing for a call, and nothing while there are no calls', async () => {
    const { own, tally } = await fleet.worker({ times: ENDLESS });
    const said = async () =>
      Number(/total_commands_processed:(\d+)/.exec(await fleet.redis.info('stats'))?.[1]);
    await own.ping();
    const before = await said();
    await tally.flush();
    hear(tally, 1_000, COMPLETED);
    // Each look counts itself.
    expect((await said()) - before).toBe(1);
  });

  it('judges a burst’s last window without waiting for another call', async () => {
    const { tally } = await fleet.worker({ times: { sliceMs: 200, ttlMs: 600_000 } });
    hear(tally, 20, THROTTLED);
    await eventually('the judgement', async () => {
      await tally.flush();
      return (await fleet.factorOf('a')) === 0.7 ? true : null;
    });
  });

  it('keeps what Redis does not take, and tells it when Redis is back', async () => {
    const { connected, tally } = await fleet.worker({ times: ENDLESS });
    await fleet.stopRedis();
    hear(tally, 5, THROTTLED);
    await tally.flush();
    hear(tally, 6, THROTTLED);
    for (let at = 0; at < 1_500; at++) tally.count(`invented-${at}`, 'a', COMPLETED);
    await tally.flush();
    await fleet.restartRedis();
    await connected();
    await tally.flush();
    expect(await fleet.redis.hget(WINDOWS, 'failed:a')).toBe('11');
    expect(await fleet.redis.zcard(keys.adaptiveModels)).toBe(1_000);
  });

  it('tells the rest when it stops', async () => {
    const { tally } = await fleet.worker({ times: ENDLESS });
    tally.start();
    hear(tally, 3, THROTTLED);
    await tally.stop();
    expect(await fleet.redis.hget(WINDOWS, 'failed:a')).toBe('3');
  });
});
