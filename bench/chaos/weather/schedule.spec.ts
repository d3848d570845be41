import { describe, expect, it } from '@jest/globals';
import { KILL_CARDS, stormCards } from './cards.js';
import { planFaults, type SchedulePlan } from './schedule.js';

const plan: SchedulePlan = {
  seed: 7,
  windowMs: [3_000, 600_000],
  gapMs: 2_000,
  cards: stormCards(true),
};

describe('planFaults', () => {
  it('makes the same schedule of the same seed, and another of another', () => {
    expect(planFaults(plan)).toEqual(planFaults({ ...plan }));
    expect(planFaults({ ...plan, seed: 8 })).not.toEqual(planFaults(plan));
  });

  it.each([1, 2, 3, 4, 5])(
    'keeps to its window and never faults one target twice at once (seed %i)',
    (seed) => {
      const faults = planFaults({ ...plan, seed });
      const busyUntil = new Map<string, number>();
      let last = 0;
      for (const { target, atMs, lastsMs } of faults) {
        expect(atMs).toBeGreaterThanOrEqual(Math.max(3_000, last));
        expect(atMs + lastsMs).toBeLessThanOrEqual(600_000);
        expect(busyUntil.get(target) ?? 0).toBeLessThanOrEqual(atMs);
        busyUntil.set(target, atMs + lastsMs);
        last = atMs;
      }
      expect(faults.length).toBeGreaterThan(200);
    },
  );

  it('draws every kind for every target in ten minutes, and overlaps them', () => {
    const faults = planFaults(plan);
    const wanted = stormCards(true).map(({ kind, targets }) => [kind, targets] as const);
    const drawn = (kind: string, targets: readonly string[]) =>
      faults.some((fault) => fault.kind === kind && targets.includes(fault.target));
    expect(wanted.filter(([kind, targets]) => !drawn(kind, targets))).toEqual([]);
    const overlaps = faults.filter(({ atMs }, at) =>
      faults.slice(0, at).some((earlier) => earlier.atMs + earlier.lastsMs > atMs),
    );
    expect(overlaps.length).toBeGreaterThan(50);
  });

  it('only kills workers, APIs and Redis when it is told so', () => {
    const faults = planFaults({ ...plan, cards: KILL_CARDS });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['kill']));
    const kinds = new Set(faults.map(({ target }) => target.replace(/-\d$/, '')));
    expect(kinds).toEqual(new Set(['worker', 'api', 'redis']));
  });
});
