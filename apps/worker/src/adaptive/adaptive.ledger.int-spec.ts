import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { digest } from '#common/contracts/digest.js';
import { keys } from '#common/redis/keys.js';
import {
  BRIEF,
  COMPLETED,
  ENDLESS,
  FACTORS,
  hear,
  MODEL,
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

describe('a backend under a model', () => {
  it('counts as healthy from the first outcome on, also of another backend of the model', async () => {
    const { tally } = await fleet.worker({ serving: ['a', 'b'] });
    hear(tally, 1, THROTTLED);
    await tally.flush();
    expect(await fleet.factors()).toEqual({ a: '1', b: '1' });
  });

  it('is cut once its window is over, and not before', async () => {
    const patient = await fleet.worker({ times: ENDLESS });
    hear(patient.tally, 30, THROTTLED);
    await patient.tally.flush();
    hear(patient.tally, 30, THROTTLED);
    await patient.tally.flush();
    expect(await fleet.factorOf('a')).toBe(1);
    await fleet.redis.hset(WINDOWS, 'since:a', 0);
    hear(patient.tally, 1, COMPLETED);
    await patient.tally.flush();
    expect(await fleet.factorOf('a')).toBe(0.7);
    expect(patient.adapted).toEqual([{ backend: 'a', model: MODEL, factor: 0.7, before: 1 }]);
  });

  it('falls to its floor and comes all the way back', async () => {
    const { tally } = await fleet.worker();
    const seen: number[] = [];
    for (let at = 0; at < 8; at++) {
      await fleet.window(tally, 0, 20);
      seen.push(await fleet.factorOf('a'));
    }
    for (let at = 0; at < 19; at++) await fleet.window(tally, 100, 0);
    expect(seen).toEqual([0.7, 0.49, 0.343, 0.2401, 0.1681, 0.1177, 0.1, 0.1]);
    expect(await fleet.factorOf('a')).toBe(1);
  });

  it('is not cut for what callers did wrong or hung up on', async () => {
    const { tally } = await fleet.worker();
    hear(tally, 100, { kind: 'refused', status: 400 });
    hear(tally, 100, { kind: 'aborted' });
    await fleet.window(tally, 20, 0);
    expect(await fleet.factorOf('a')).toBe(1);
    expect(await fleet.redis.hget(WINDOWS, 'streak:a')).toBe('1');
  });

  it('is judged apart from the model’s other backends and from itself under other models', async () => {
    const { tally } = await fleet.worker({ serving: ['a', 'b'] });
    hear(tally, 50, THROTTLED, 'a');
    hear(tally, 50, COMPLETED, 'b');
    for (let at = 0; at < 50; at++) tally.count('sim-slow', 'a', COMPLETED);
    await tally.flush();
    await fleet.nextSlice();
    hear(tally, 1, COMPLETED);
    tally.count('sim-slow', 'a', COMPLETED);
    await tally.flush();
    expect(await fleet.factors()).toEqual({ a: '0.7', b: '1' });
    expect(await fleet.redis.hgetall(keys.adaptiveFactors(digest('sim-slow', 16)))).toMatchObject({ a: '1' });
  });
});

describe('fewer than 20 outcomes', () => {
  it('change nothing, however many slices pass', async () => {
    const { tally } = await fleet.worker();
    await fleet.window(tally, 0, 19);
    await fleet.window(tally, 0, 0);
    await fleet.window(tally, 0, 0);
    expect(await fleet.factorOf('a')).toBe(1);
  });

  it('count together with those of the next slice, so that a rate cut low can still recover', async () => {
    const { tally } = await fleet.worker();
    await fleet.window(tally, 0, 12);
    await fleet.window(tally, 0, 12);
    expect(await fleet.factorOf('a')).toBe(0.7);
    for (let at = 0; at < 4; at++) await fleet.window(tally, 10, 0);
    expect(await fleet.factorOf('a')).toBe(0.8);
  });

  it('in as long as keys live are forgotten, and the cut with them', async () => {
    const { tally } = await fleet.worker();
    await fleet.window(tally, 0, 20);
    expect(await fleet.factorOf('a')).toBe(0.7);
    const past = Math.floor(await fleet.time()) - BRIEF.ttlMs;
    await fleet.redis.hset(WINDOWS, 'since:a', past, 'since:gone', past);
    await fleet.redis.hset(FACTORS, 'gone', 0.1);
    await fleet.window(tally, 0, 19);
    expect(await fleet.factors()).toEqual({ a: '1', other: '1' });
    expect(
      Object.keys(await fleet.redis.hgetall(WINDOWS)).filter((field) => field.endsWith(':gone')),
    ).toEqual([]);
  });
});

describe('several workers', () => {
  it('count into one window, which is judged once', async () => {
    const workers = await Promise.all([fleet.worker(), fleet.worker(), fleet.worker()]);
    const patient = await fleet.worker({ times: ENDLESS });
    hear(patient.tally, 10, THROTTLED);
    await patient.tally.flush();
    for (const { tally } of workers) hear(tally, 5, THROTTLED);
    // Nobody has yet seen a slice end with 20 outcomes in it.
    await fleet.redis.hset(WINDOWS, 'failed:a', 20);
    await Promise.all(workers.map(({ tally }) => tally.flush()));
    await fleet.nextSlice();
    expect(workers.flatMap(({ adapted }) => adapted)).toHaveLength(1);
    expect(await fleet.factorOf('a')).toBe(0.7);
  });

  it('add up: no count is lost between them', async () => {
    const workers = await Promise.all([fleet.worker({ times: ENDLESS }), fleet.worker({ times: ENDLESS })]);
    for (let round = 0; round < 5; round++) {
      for (const { tally } of workers) {
        hear(tally, 7, THROTTLED);
        hear(tally, 3, COMPLETED);
      }
      await Promise.all(workers.map(({ tally }) => tally.flush()));
    }
    expect(await fleet.redis.hmget(WINDOWS, 'failed:a', 'succeeded:a')).toEqual(['70', '30']);
  });

  it('do not overwrite each other’s judgements: a late judge changes nothing', async () => {
    const [late, quick] = [await fleet.worker(), await fleet.worker()];
    const poor = new Map([['a', { succeeded: 0, failed: 20 }]]);
    await late.ledger.tally(MODEL, poor);
    await fleet.nextSlice();
    const { closed } = await late.ledger.tally(MODEL, new Map());
    const stale = [{ backend: 'a', window: closed['a']?.window ?? '', state: { factor: 0.7, streak: 0 } }];
    await quick.tally.flush();
    await fleet.window(quick.tally, 0, 20);
    await fleet.window(quick.tally, 0, 20);
    expect(await fleet.factorOf('a')).toBe(0.343);
    expect(await late.ledger.judge(MODEL, stale)).toEqual(new Set());
    expect(await fleet.factorOf('a')).toBe(0.343);
  });

  it('take over the window of a judge that died, and lose none after it', async () => {
    const [dead, alive] = [await fleet.worker(), await fleet.worker()];
    await dead.ledger.tally(MODEL, new Map([['a', { succeeded: 0, failed: 20 }]]));
    await fleet.nextSlice();
    expect(Object.keys((await dead.ledger.tally(MODEL, new Map())).closed)).toEqual(['a']);
    await dead.ledger.tally(MODEL, new Map([['a', { succeeded: 0, failed: 20 }]]));
    await fleet.nextSlice();
    hear(alive.tally, 1, THROTTLED);
    await alive.tally.flush();
    expect(await fleet.factorOf('a')).toBe(0.7);
    await fleet.nextSlice();
    hear(alive.tally, 1, THROTTLED);
    await alive.tally.flush();
    await fleet.nextSlice();
    await fleet.window(alive.tally, 0, 0);
    expect(await fleet.factorOf('a')).toBe(0.49);
  });
});

describe('what Redis holds', () => {
  it('ends by itself, and is kept while there are calls', async () => {
    const { tally } = await fleet.worker();
    await fleet.window(tally, 0, 20);
    const names = [FACTORS, WINDOWS, keys.adaptiveModels];
    expect((await fleet.redis.keys('*')).sort()).toEqual([...names].sort());
    for (const name of names) await fleet.redis.pexpire(name, 5_000);
    await fleet.window(tally, 1, 0);
    for (const name of names) {
      const left = await fleet.redis.pttl(name);
      expect(left).toBeGreaterThan(5_000);
      expect(left).toBeLessThanOrEqual(BRIEF.ttlMs);
    }
  });

  it('names the models that were called lately, and no others', async () => {
    const { tally } = await fleet.worker();
    await fleet.redis.zadd(keys.adaptiveModels, (await fleet.time()) - BRIEF.ttlMs - 1, 'long-ago');
    hear(tally, 1, COMPLETED);
    await tally.flush();
    expect(await fleet.redis.zrange(keys.adaptiveModels, '0', '-1')).toEqual([digest(MODEL, 16)]);
    expect(await fleet.redis.hget(WINDOWS, 'model')).toBe(MODEL);
  });
});
