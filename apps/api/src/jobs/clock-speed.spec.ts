import { describe, expect, it } from '@jest/globals';
import { ClockSpeed } from './clock-speed.js';

const SERVICE_MS = 4_000;

/** What it says after readings every 2 s, in which the clock goes one tag each time. */
function after(seconds: number, { serviceMs = SERVICE_MS, since = (_at: number): string => 'begin' } = {}) {
  const speed = new ClockSpeed();
  let said: number | undefined;
  for (let at = 0; at <= seconds; at += 2)
    said = speed.look({ atMs: at * 1_000, clock: at / 2, since: since(at) }, serviceMs);
  return said;
}

describe('the speed of a fair clock', () => {
  it('is known once the pool has been busy for three times of service', () => {
    expect(after(10)).toBeUndefined();
    expect(after(12)).toBeCloseTo(0.000_5);
    expect(after(60)).toBeCloseTo(0.000_5);
  });

  it('is not taken from less than 6 s, however short the jobs are', () => {
    expect(after(4, { serviceMs: 10 })).toBeUndefined();
    expect(after(6, { serviceMs: 10 })).toBeCloseTo(0.000_5);
  });

  it('is unknown again when the pool had run empty, and when the clock stands', () => {
    expect(after(40, { since: (at) => (at < 34 ? 'first' : 'second') })).toBeUndefined();
    const speed = new ClockSpeed();
    const at = (atMs: number) => speed.look({ atMs, clock: 5, since: 'begin' }, SERVICE_MS);
    expect([at(0), at(20_000), at(40_000)]).toEqual([undefined, undefined, undefined]);
    expect(speed.look(null, SERVICE_MS)).toBeUndefined();
  });
});
