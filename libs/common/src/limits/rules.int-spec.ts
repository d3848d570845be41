import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { naiveLimit, type NaiveRule } from '../../../../test/support/naive-limits.js';
import { type OwnRedis, startOwnRedis } from '../../../../test/support/own-servers.js';
import {
  type Played,
  playRules,
  type Seen,
  type Settle,
  type Try,
} from '../../../../test/support/play-rules.js';

const STRATEGIES = ['token_bucket', 'fixed_window', 'sliding_window'] as const;
const MINUTE_US = 60_000_000;
const DAY_US = 1_440 * MINUTE_US;
const RUNS = { numRuns: 300 };

/** A bucket's state is a double near 2^51: each spend may round it by an eighth of a microsecond. */
const ROUNDING_US = 0.125;
/** What rules.lua allows for that, in its comparison. */
const ALLOWED_US = 0.5;

let server: OwnRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startOwnRedis();
  redis = new Redis(server.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.end();
});

/** A wait in parts of a window, a cost in parts of the limit; or a settlement. */
type Move = { readonly wait: number; readonly cost: number; readonly few: number } | Settle;

const rules = (strategy: NaiveRule['strategy']): fc.Arbitrary<NaiveRule> =>
  fc
    .record({
      limit: fc.oneof(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 10, max: 20_000 }).map((tenths) => tenths / 10),
        fc.integer({ min: 1, max: 10_000_000 }),
      ),
      window: fc.constantFrom(MINUTE_US / 50, MINUTE_US, DAY_US),
      burst: fc.integer({ min: 1, max: 200 }),
    })
    .map(({ limit, window, burst }) => ({
      strategy,
      limit: window < MINUTE_US ? Math.min(limit, 200_000) : limit,
      window,
      burst: Math.max(1, Math.ceil((Math.min(limit, 200_000) * burst) / 100)),
    }));

/** All that a rule can ever let in at once. */
const capacityOf = ({ strategy, burst, limit }: NaiveRule): number =>
  strategy === 'token_bucket' ? burst : limit;
/** How far exact arithmetic and that of doubles may be apart after a path, in microseconds. */
const apartAfter = ({ strategy }: NaiveRule, { length }: readonly Move[]): number =>
  strategy === 'token_bucket' ? ALLOWED_US + ROUNDING_US * length : 0;

const waits = fc
  .oneof(fc.constant(0), fc.nat(0.02e6), fc.nat(0.3e6), fc.nat(1.5e6))
  .map((part) => part / 1e6);
const tries = fc.record({
  wait: waits,
  cost: fc.oneof(fc.constant(0), fc.nat(10), fc.nat(50), fc.nat(110)).map((percent) => percent / 100),
  few: fc.nat(3),
});
const settles = fc.record({ pick: fc.nat(100), used: fc.oneof(fc.constant(0), fc.nat(200)) });
const moves = fc.array(
  fc.oneof<fc.WeightedArbitrary<Move>[]>({ weight: 5, arbitrary: tries }, { weight: 1, arbitrary: settles }),
  { minLength: 5, maxLength: 60 },
);
const beginnings = fc.integer({ min: 1_700_000_000_000_000, max: 2_100_000_000_000_000 });

/** The moves as steps in time. Settlements have the time of the step before them. */
function stepsOf(beginning: number, rule: NaiveRule, path: readonly Move[]): (Try | Settle)[] {
  const slack = apartAfter(rule, path) + 1;
  let at = beginning;
  return path.map((move) => {
    if ('pick' in move) return move;
    at += Math.floor(move.wait * rule.window);
    const cost = Math.floor(move.cost * capacityOf(rule)) + move.few;
    return { at, slack, rules: [{ ...rule, name: 'r', cost }] };
  });
}

const costOf = (step: Try | undefined): number => step?.rules[0]?.cost ?? 0;

function only(played: Played | undefined): Seen {
  const [seen] = played?.seen ?? [];
  if (seen === undefined) throw new Error('nothing was seen');
  return seen;
}

/** Plays the steps and shows each try with what the naive reference knows of it. */
async function compare(
  rule: NaiveRule,
  steps: readonly (Try | Settle)[],
  look: (compared: { at: number; cost: number; played: Played; over: number; remaining: number }) => void,
): Promise<void> {
  const answers = (await playRules(redis, steps)).values();
  const naive = naiveLimit(rule);
  const open: { readonly cost: number; readonly settle: (at: number, used: number) => void }[] = [];
  let now = 0;
  for (const step of steps) {
    if ('pick' in step) {
      const [spent] = open.length === 0 ? [] : open.splice(step.pick % open.length, 1);
      spent?.settle(now, Math.floor((spent.cost * step.used) / 100));
      continue;
    }
    now = step.at;
    const cost = costOf(step);
    const played = answers.next().value;
    if (played === undefined) throw new Error('a try has no answer');
    look({ at: now, cost, played, over: naive.over(now, cost), remaining: naive.remaining(now) });
    if (played.admitted && cost > 0) open.push({ cost, settle: naive.spend(now, cost) });
  }
}

describe.each(STRATEGIES)('a rule of the strategy %s', (strategy) => {
  it('decides and counts as a naive reference does, whatever is tried, spent and given back', async () => {
    let [admitted, refused] = [0, 0];
    const play = async (beginning: number, rule: NaiveRule, path: readonly Move[]): Promise<void> => {
      const apart = apartAfter(rule, path);
      const near = 1 + (apart * rule.limit) / rule.window;
      await compare(rule, stepsOf(beginning, rule, path), ({ cost, played, over, remaining }) => {
        const seen = only(played);
        if (played.admitted) admitted += 1;
        else refused += 1;
        if (over <= 0 || over > apart) expect(played.admitted).toBe(over <= 0);
        expect(Math.abs(seen.remaining - remaining)).toBeLessThan(near);
        const left = played.admitted ? Math.max(0, remaining - cost) : remaining;
        expect(Math.abs(seen.remainingAfter - left)).toBeLessThan(near);
      });
    };
    await fc.assert(fc.asyncProperty(beginnings, rules(strategy), moves, play), RUNS);
    expect(Math.min(admitted, refused)).toBeGreaterThan(100);
  });

  it('says when a refused try would fit: it fits then, and not before', async () => {
    const play = async (beginning: number, rule: NaiveRule, path: readonly Move[]): Promise<void> => {
      const steps = stepsOf(beginning, rule, path);
      await compare(rule, steps, ({ cost, played }) => {
        if (played.admitted || cost > capacityOf(rule)) return;
        expect(only(played)).toMatchObject({ fitsAtRetry: true, fitsBefore: false });
        expect(only(played).retry).toBeGreaterThan(0);
      });
    };
    await fc.assert(fc.asyncProperty(beginnings, rules(strategy), moves, play), RUNS);
  });

  it('says when all of it is back, and until then its state is kept', async () => {
    const play = async (beginning: number, rule: NaiveRule, path: readonly Move[]): Promise<void> => {
      const capacity = capacityOf(rule);
      const tried = stepsOf(beginning, rule, path).filter((step) => 'at' in step);
      const answers = await playRules(redis, tried);
      for (const played of answers) {
        const { resetAfter, remainingAfter } = only(played);
        expect(Math.max(0, played.ttlMs) * 1_000).toBeGreaterThanOrEqual(resetAfter);
        if (resetAfter === 0) expect(remainingAfter).toBeGreaterThanOrEqual(capacity);
        else expect(remainingAfter).toBeLessThan(capacity + 1);
        if (remainingAfter >= capacity) expect(resetAfter).toBeLessThan(1);
      }
      const last = tried.at(-1);
      if (last === undefined) return;
      const then = last.at + Math.ceil(only(answers.at(-1)).resetAfter);
      const look = { at: then, slack: 1, rules: [{ ...rule, name: 'r', cost: 0 }] };
      const allBack = only((await playRules(redis, [...tried, look])).at(-1));
      expect(allBack.reset).toBe(0);
      expect(allBack.remaining).toBeGreaterThanOrEqual(capacity);
    };
    await fc.assert(fc.asyncProperty(beginnings, rules(strategy), moves, play), RUNS);
  });

  it('reads and settles a state that was written under another limit, and still says the truth', async () => {
    const play = async (beginning: number, [old, now]: [NaiveRule, NaiveRule], path: readonly Move[]) => {
      const rule = { ...now, window: old.window, limit: Math.min(now.limit, old.window / 6) };
      const capacity = capacityOf(rule);
      const half = Math.floor(path.length / 2);
      const before = stepsOf(beginning, old, path.slice(0, half));
      const later = stepsOf(beginning + half * 2 * old.window, rule, path.slice(half));
      const soon = stepsOf(before.findLast((step) => 'at' in step)?.at ?? beginning, rule, path.slice(half));
      for (const after of [soon, later]) {
        const tried = after.filter((step) => 'at' in step);
        const answers = await playRules(redis, [...before, ...after]);
        for (const [at, played] of answers.slice(answers.length - tried.length).entries()) {
          const { fits, fitsAtRetry, fitsBefore, remaining } = only(played);
          expect(remaining).toBeGreaterThanOrEqual(0);
          expect(remaining).toBeLessThan(capacity + 1);
          if (!fits && costOf(tried[at]) <= capacity)
            expect({ fitsAtRetry, fitsBefore }).toEqual({ fitsAtRetry: true, fitsBefore: false });
        }
      }
    };
    const pairs = fc.tuple(rules(strategy), rules(strategy));
    await fc.assert(fc.asyncProperty(beginnings, pairs, moves, play), RUNS);
  });
});

describe('a sliding window', () => {
  it('never lets more in than its limit within any time of its length', async () => {
    const play = async (beginning: number, rule: NaiveRule, path: readonly Move[]): Promise<void> => {
      const tried = stepsOf(beginning, rule, path).filter((step) => 'at' in step);
      const spent: { readonly at: number; readonly cost: number }[] = [];
      for (const [index, { admitted }] of (await playRules(redis, tried)).entries()) {
        const { at = 0 } = tried[index] ?? {};
        const cost = costOf(tried[index]);
        if (!admitted || cost === 0) continue;
        spent.push({ at, cost });
        const within = spent.filter((spend) => spend.at >= at - rule.window);
        expect(within.reduce((sum, spend) => sum + spend.cost, 0)).toBeLessThanOrEqual(rule.limit);
      }
    };
    await fc.assert(fc.asyncProperty(beginnings, rules('sliding_window'), moves, play), RUNS);
  });
});

describe('rules that count together', () => {
  it('are kept as long as the one that needs it longest, also when that one spends nothing or only looks on', async () => {
    const costs = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(beginnings, fc.boolean(), costs, async (at, shadow, all) => {
        const kept = { limit: 5, burst: 5, shadow };
        const steps = all.map(([day, minute, second]) => ({
          at,
          slack: 1,
          rules: [
            { ...kept, name: 'day', strategy: 'fixed_window' as const, window: DAY_US, cost: day },
            { ...kept, name: 'minute', strategy: 'token_bucket' as const, window: MINUTE_US, cost: minute },
            { ...kept, name: 'second', strategy: 'sliding_window' as const, window: 1_200_000, cost: second },
          ],
        }));
        for (const { seen, ttlMs } of await playRules(redis, steps)) {
          const longest = Math.max(...seen.map(({ resetAfter }) => resetAfter));
          expect(Math.max(0, ttlMs) * 1_000).toBeGreaterThanOrEqual(longest);
        }
      }),
      RUNS,
    );
  });
});
