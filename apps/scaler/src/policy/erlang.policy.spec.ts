import { describe, expect, it } from '@jest/globals';
import { leastSlots, probabilityOfWaiting, shareOverWait } from './erlang.policy.js';

describe('Erlang’s C formula', () => {
  // Published tables of the M/M/s queue (Gross and Harris, Fundamentals of Queueing Theory).
  it.each([
    [1, 0.5, 0.5],
    [2, 1, 1 / 3],
    [3, 2, 4 / 9],
    [5, 5, 1],
    [4, 0, 0],
  ])('with %d slots and a load of %d a job waits with probability %d', (slots, offered, probability) => {
    expect(probabilityOfWaiting(slots, offered)).toBeCloseTo(probability, 10);
  });

  it('falls off exponentially with the wait', () => {
    const station = { offered: 24, service_s: 5, scv: 1 };
    expect(shareOverWait(28, station, 0)).toBeCloseTo(probabilityOfWaiting(28, 24), 12);
    expect(shareOverWait(28, station, 5)).toBeCloseTo(probabilityOfWaiting(28, 24) * Math.exp(-4), 12);
  });

  it('finds the least number of slots that keeps a promise', () => {
    const station = { offered: 24, service_s: 5, scv: 1 };
    const least = leastSlots(station, { wait_s: 15, share_over: 0.05 }, 1_000);
    expect(shareOverWait(least, station, 15)).toBeLessThanOrEqual(0.05);
    expect(shareOverWait(least - 1, station, 15)).toBeGreaterThan(0.05);
    expect(leastSlots(station, { wait_s: 15, share_over: 0.05 }, 20)).toBe(20);
    expect(leastSlots({ ...station, offered: 0 }, { wait_s: 15, share_over: 0.05 }, 20)).toBe(0);
  });
});
