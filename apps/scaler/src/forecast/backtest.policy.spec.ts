import { describe, expect, it } from '@jest/globals';
import { backtest, pinballLoss } from './backtest.policy.js';
import { BUCKETS_A_DAY, BUCKETS_A_WEEK } from './work-series.policy.js';

/** Numbers from 0 to 1 that look like chance and are the same each time. Source: D. H. Lehmer's generator, 48271 modulo 2^31 - 1. */
function dice(): () => number {
  let state = 20_261;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const weeks = (count: number, loadAt: (at: number) => number): number[] =>
  Array.from({ length: count * BUCKETS_A_WEEK }, (_, at) => loadAt(at));

/** Busy on five days of seven, with steps that the last ten minutes do not announce, and a tenth of noise. */
function working(): (at: number) => number {
  const roll = dice();
  return (at) => {
    const [day, slot] = [Math.floor(at / BUCKETS_A_DAY) % 7, at % BUCKETS_A_DAY];
    const isBusy = day < 5 && slot >= 54 && slot < 108 && Math.floor(slot / 3) % 2 === 0;
    return (isBusy ? 24 : 3) * (0.95 + 0.1 * roll());
  };
}

const chosen = (loads: readonly (number | null)[], steps = 1) => {
  const found = backtest(loads, steps).find(({ is_chosen }) => is_chosen);
  return found === undefined ? null : [found.model, found.is_trusted];
};

describe('pinballLoss', () => {
  it('counts what is missing three times as much as what is too much', () => {
    expect(pinballLoss(10, 6)).toBe(3);
    expect(pinballLoss(6, 10)).toBe(1);
    expect(pinballLoss(7, 7)).toBe(0);
    expect(pinballLoss(10, 6, 0.5)).toBe(2);
  });
});

describe('backtest', () => {
  it('comes to the losses that can be reckoned by hand', () => {
    // One unit more each ten minutes: persistence is one too low, yesterday 144, last week 1008; the hour's mean 3.5.
    const findings = backtest(
      weeks(2, (at) => at),
      1,
    );
    const losses = Object.fromEntries(findings.map(({ model, pinball_loss }) => [model, pinball_loss]));
    expect(losses).toMatchObject({
      persistence: 0.75,
      yesterday: 108,
      'last-week': 756,
      'weekday-median': null,
    });
    expect(findings[0]).toMatchObject({
      persistence_loss: 0.75,
      last_hour_loss: 2.625,
      samples: BUCKETS_A_WEEK,
    });
  });

  it('finds a week that repeats itself and trusts it', () => {
    expect(chosen(weeks(2, working()))).toEqual(['last-week', true]);
    expect(chosen(weeks(5, working()))).toEqual(['weekday-median', true]);
  });

  it('goes by the lead: what rises steadily is as far off as the lead is long', () => {
    const far = backtest(
      weeks(2, (at) => at),
      12,
    );
    expect(far[0]?.pinball_loss).toBeCloseTo(12 * 0.75, 6);
  });

  it('trusts nothing about noise, neither around a level nor where each step starts from the last', () => {
    const roll = dice();
    const level = weeks(5, () => 10 + 4 * (roll() + roll() - 1));
    let walked = 500;
    const walk = weeks(5, () => (walked = Math.max(0, walked + roll() - 0.5)));
    expect(chosen(level)?.[1]).toBe(false);
    expect(chosen(walk)).toEqual(['persistence', false]);
  });

  it('trusts nothing about a pool that does nothing, or always the same', () => {
    expect(chosen(weeks(2, () => 0))).toEqual(['persistence', false]);
    expect(chosen(weeks(2, () => 7))).toEqual(['persistence', false]);
  });

  it('says nothing before eight days, nor of a week of which more than half is unknown', () => {
    const loads = weeks(2, working());
    expect(backtest(loads.slice(0, 8 * BUCKETS_A_DAY - 1), 1)).toEqual([]);
    expect(backtest(loads.slice(0, 8 * BUCKETS_A_DAY), 1)).not.toEqual([]);
    const patchy = loads.map((load, at) => (at % 2 === 0 || at < BUCKETS_A_WEEK ? load : null));
    expect(backtest(patchy, 1)).toEqual([]);
  });

  it('judges over what is known of a week with gaps, and no model that knows too little of it', () => {
    const loads = weeks(3, working()).map((load, at) => (at % 20 === 7 ? null : load));
    const findings = backtest(loads, 1);
    expect(findings[0]?.samples).toBeGreaterThan(0.85 * BUCKETS_A_WEEK);
    expect(chosen(loads)?.[1]).toBe(true);
    const lateStart = weeks(3, working()).map((load, at) =>
      at > 0 && at < 1.5 * BUCKETS_A_WEEK ? null : load,
    );
    expect(backtest(lateStart, 1).find(({ model }) => model === 'last-week')).toMatchObject({
      pinball_loss: null,
    });
  });
});
