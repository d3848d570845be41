import { describe, expect, it } from '@jest/globals';
import { linesInFlightMax, windowMsOf } from './window.policy.js';

const most = (max: number, shadow = false) => ({ max, shadow });

describe('linesInFlightMax', () => {
  it.each([
    { tier: {}, batches: 1, expected: 64 },
    { tier: { concurrent: most(200), queued: most(1_000) }, batches: 1, expected: 64 },
    { tier: { concurrent: most(40), queued: most(1_000) }, batches: 1, expected: 20 },
    { tier: { concurrent: most(500), queued: most(30) }, batches: 1, expected: 15 },
    { tier: { concurrent: most(40) }, batches: 4, expected: 5 },
    { tier: { concurrent: most(40) }, batches: 100, expected: 1 },
    { tier: { concurrent: most(1) }, batches: 0, expected: 1 },
    { tier: { concurrent: most(2, true) }, batches: 1, expected: 64 },
  ])('is $expected for $batches batches in $tier', ({ tier, batches, expected }) => {
    expect(linesInFlightMax(tier, batches)).toBe(expected);
  });
});

describe('windowMsOf', () => {
  it.each([
    ['24h', 86_400_000],
    ['1h', 3_600_000],
    ['90m', 5_400_000],
    ['86400s', 86_400_000],
    ['3s', 3_000],
  ])('reads %s', (text, ms) => {
    expect(windowMsOf(text)).toBe(ms);
  });

  it.each(['', '25h', '1441m', '0h', '-1h', '1.5h', '24', '24H', ' 24h', '1d', '9999999s'])(
    'refuses %j',
    (text) => {
      expect(windowMsOf(text)).toBeNull();
    },
  );
});
