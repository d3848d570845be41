import { describe, expect, it } from '@jest/globals';
import { flatnessOf, isFlat, type Sample } from './resident-memory.js';

const minutes = (count: number, mibAt: (atS: number) => number): Sample[] =>
  Array.from({ length: count * 60 + 1 }, (_, atS) => ({ atS, mib: mibAt(atS) }));

describe('flatnessOf', () => {
  it('does not count what the first minute takes', () => {
    const flatness = flatnessOf(minutes(5, (atS) => 100 + Math.min(atS, 50)));
    expect(flatness).toMatchObject({ firstMinuteMib: 150, endMib: 150, mibPerMinute: 0 });
    expect(flatness !== null && isFlat(flatness)).toBe(true);
  });

  it('finds what grows by more than 5 %', () => {
    const flatness = flatnessOf(minutes(5, (atS) => 100 + atS / 30));
    expect(flatness?.mibPerMinute).toBeCloseTo(2);
    expect(flatness !== null && isFlat(flatness)).toBe(false);
  });

  it('says nothing of a run that is too short', () => {
    expect(flatnessOf(minutes(1, () => 100))).toBeNull();
    expect(flatnessOf([])).toBeNull();
  });
});
