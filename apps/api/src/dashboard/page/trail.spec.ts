import { describe, expect, it } from '@jest/globals';
import { Trail } from './trail.js';

const numbers = (of: Record<string, number | null>) => new Map(Object.entries(of));

describe('a trail', () => {
  it('has a value for each name at each time; what was not known then is null', () => {
    const trail = new Trail(60_000);
    trail.add(1_000, numbers({ a: 1 }));
    trail.add(2_000, numbers({ a: 2, b: 5 }));
    trail.add(3_000, numbers({ b: 6 }));
    expect(trail.names).toEqual(['a', 'b']);
    expect(trail.table()).toEqual([
      [1, 2, 3],
      [1, 2, null],
      [null, 5, 6],
    ]);
  });

  it('forgets what is too old, and all of it when the clock was set back', () => {
    const trail = new Trail(2_000);
    for (const at of [1_000, 2_000, 3_000, 4_000]) trail.add(at, numbers({ a: at }));
    expect(trail.table()).toEqual([
      [2, 3, 4],
      [2_000, 3_000, 4_000],
    ]);
    trail.add(500, numbers({ a: 7 }));
    expect(trail.table()).toEqual([[0.5], [7]]);
  });
});
