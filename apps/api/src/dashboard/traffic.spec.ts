import { describe, expect, it } from '@jest/globals';
import { trafficOf } from './traffic.js';

const START = 1_000_000;
const bucket = (at: number, counts: Record<string, number> = {}) => ({ start: START - at * 10, counts });

describe('the traffic of all pools', () => {
  const one = [
    bucket(0, { 'accepted:0': 4, completed: 2 }),
    bucket(1, { 'accepted:3': 10, completed: 10 }),
    bucket(2),
  ];
  const other = [bucket(0, { failed: 2 }), bucket(1, { expired: 5, 'latency:20': 5 }), bucket(2)];
  const { traffic, pace } = trafficOf([one, other], START * 1_000 + 4_000);

  it('is told oldest first, in jobs per second; the part that is not over by the seconds that have passed', () => {
    expect(
      traffic.map(({ at_ms, accepted, completed, failed }) => [at_ms, accepted, completed, failed]),
    ).toEqual([
      [(START - 20) * 1_000, 0, 0, 0],
      [(START - 10) * 1_000, 1, 1, 0.5],
      [START * 1_000, 1, 0.5, 0.5],
    ]);
  });

  it('has latencies only where jobs ended', () => {
    expect(traffic.map(({ p95 }) => p95 === null)).toEqual([true, false, true]);
  });

  it('is summed up over the last seconds', () => {
    expect(pace).toMatchObject({
      accepted_per_second: 1,
      completed_per_second: 0.86,
      failed_per_second: 0.5,
    });
    expect(pace.error_rate).toBeCloseTo(7 / 19);
  });

  it('is empty where there is no pool', () => {
    expect(trafficOf([], START * 1_000).traffic).toEqual([]);
  });
});
