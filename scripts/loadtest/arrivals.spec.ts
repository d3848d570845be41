import { describe, expect, it } from '@jest/globals';
import { createDice } from '../../apps/worker/src/backends/simulator/dice.js';
import { evenArrivals, pace, poissonArrivals } from './arrivals.js';
import { RateProfile } from './rate-profile.js';

describe('evenArrivals', () => {
  it('are as many as the rate says, equally far from each other', () => {
    const dues = [...evenArrivals(RateProfile.constant(50, 10))];
    expect(dues).toHaveLength(500);
    expect(dues.slice(0, 3)).toEqual([0, 20, 40]);
    expect(dues.at(-1)).toBe(9_980);
  });

  it('come closer while the rate goes up', () => {
    const dues = [...evenArrivals(new RateProfile([{ seconds: 10, to: 20 }]))];
    expect(dues).toHaveLength(100);
    // 25 of 100 within the first half of the time: 20/s × (t/10)² ÷ 2.
    expect(dues.filter((due) => due < 5_000)).toHaveLength(25);
  });
});

describe('poissonArrivals', () => {
  const profile = RateProfile.constant(100, 100);

  it('are the same for the same seed, and others for another', () => {
    const once = [...poissonArrivals(profile, createDice(7, 0))];
    expect([...poissonArrivals(profile, createDice(7, 0))]).toEqual(once);
    expect([...poissonArrivals(profile, createDice(8, 0))]).not.toEqual(once);
  });

  it('have the mean rate, and gaps whose deviation is their mean', () => {
    const dues = [...poissonArrivals(profile, createDice(1, 0))];
    // Five deviations of the 10,000 that are expected.
    expect(Math.abs(dues.length - 10_000)).toBeLessThan(500);
    const gaps = dues.slice(1).map((due, at) => due - (dues[at] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(deviation / mean).toBeGreaterThan(0.9);
    expect(deviation / mean).toBeLessThan(1.1);
  });
});

describe('pace', () => {
  it('acts on everything that is due, never early, also on what came late because this process was busy', async () => {
    const acted: { due: number; early: number }[] = [];
    const began = performance.now();
    await pace([0, 5, 10, 15, 20], (due) => {
      acted.push({ due: Math.round(due - began), early: due - performance.now() });
      if (acted.length === 2) while (performance.now() < began + 18);
    });
    expect(acted).toHaveLength(5);
    for (const { early } of acted) expect(early).toBeLessThanOrEqual(0);
  });

  it('acts no more once it is told to stop', async () => {
    const stop = new AbortController();
    let acts = 0;
    await pace([0, 1, 2, 60_000], () => (acts += 1) === 2 && stop.abort(), stop.signal);
    expect(acts).toBe(2);
  });
});
