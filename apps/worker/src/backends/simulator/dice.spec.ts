import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDice, normalDeviate } from './dice.js';

const throws = (seed: number, callNumber: number, count: number): number[] => {
  const dice = createDice(seed, callNumber);
  return Array.from({ length: count }, dice);
};

describe('createDice', () => {
  it('throws the same sequence for the same seed and call', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (seed, callNumber) => {
        expect(throws(seed, callNumber, 5)).toEqual(throws(seed, callNumber, 5));
      }),
    );
  });

  it('stays in [0, 1) for every seed', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(), (seed, callNumber) =>
        throws(seed, callNumber, 20).every((dice) => dice >= 0 && dice < 1),
      ),
    );
  });

  it('throws differently for every call and every seed', () => {
    const firsts = Array.from({ length: 1_000 }, (_, number) => throws(1, number, 1)[0]);
    expect(new Set(firsts).size).toBe(1_000);
    expect(throws(1, 0, 3)).not.toEqual(throws(2, 0, 3));
  });

  it('begins no call where an earlier one has been', () => {
    const earlier = new Set(throws(1, 0, 1_000));
    expect(
      Array.from({ length: 1_000 }, (_, n) => throws(1, n + 1, 1)[0] ?? 0).filter((x) => earlier.has(x)),
    ).toEqual([]);
  });

  it('is uniform over the first throws of many calls', () => {
    const firsts = Array.from({ length: 20_000 }, (_, number) => throws(7, number, 1)[0] ?? 0);
    for (const tenth of Array.from({ length: 10 }, (_, index) => index)) {
      const share = firsts.filter((dice) => Math.floor(dice * 10) === tenth).length / firsts.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.11);
    }
  });
});

describe('normalDeviate', () => {
  it('has mean 0 and variance 1', () => {
    const dice = createDice(1, 1);
    const deviates = Array.from({ length: 20_000 }, () => normalDeviate(dice));
    const mean = deviates.reduce((sum, each) => sum + each, 0) / deviates.length;
    const variance = deviates.reduce((sum, each) => sum + (each - mean) ** 2, 0) / deviates.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('is finite at the ends of the dice', () => {
    expect(normalDeviate(() => 0)).toBeCloseTo(0);
    expect(Number.isFinite(normalDeviate(() => 1 - 2 ** -32))).toBe(true);
  });
});
