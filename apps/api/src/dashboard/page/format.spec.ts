import { describe, expect, it } from '@jest/globals';
import { ago, count, duration, list, percent, plural, rate, UNKNOWN } from './format.js';

describe('a number for people', () => {
  it('is never zero when it is unknown', () => {
    expect([count(null), rate(null), percent(null), duration(null)]).toEqual([
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
    ]);
  });

  it('has as many digits as say something', () => {
    expect([count(1_234_567), rate(0), rate(0.26), rate(99.94), rate(1_234)]).toEqual([
      '1,234,567',
      '0',
      '0.3',
      '99.9',
      '1,234',
    ]);
    expect([percent(0), percent(0.0123), percent(0.5), percent(1)]).toEqual([
      '0 %',
      '1.2 %',
      '50 %',
      '100 %',
    ]);
  });

  it('is a duration in the unit that fits it', () => {
    expect([12.4, 999, 1_500, 61_000, 3_600_000 + 5 * 60_000, 3 * 86_400_000].map(duration)).toEqual([
      '12 ms',
      '999 ms',
      '1.5 s',
      '1 min 1 s',
      '1 h 5 min',
      '3 d',
    ]);
  });

  it('is the age of something, which clocks that differ do not make negative', () => {
    const now = 10 * 86_400_000;
    const ages = [-5_000, 0, 7_000, 90_000, 2 * 3_600_000, 3 * 86_400_000];
    expect(ages.map((age) => ago(now - age, now))).toEqual([
      'just now',
      'just now',
      '7 s ago',
      '1 min ago',
      '2 h ago',
      '3 d ago',
    ]);
  });
});

describe('words', () => {
  it('are counted and joined as people do', () => {
    expect([plural(1, 'job'), plural(2, 'job'), list([]), list(['a']), list(['a', 'b', 'c'])]).toEqual([
      '1 job',
      '2 jobs',
      '',
      'a',
      'a, b and c',
    ]);
  });
});
