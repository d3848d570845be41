import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyLane, enterLane, type Lane, leaveLane } from './lane.policy.js';

const LIMIT = 10;
const full = (latencyMs: number): Lane => ({ inFlight: LIMIT, latencyMs, freeAtMs: 0 });

/** How long each of so many is sent away that find the lane full at once. */
function sentBack(lane: Lane, count: number, dice = 0.5): number[] {
  const waits: number[] = [];
  let now = lane;
  for (let at = 0; at < count; at++) {
    const entry = enterLane(now, { nowMs: 0, dice, limit: LIMIT });
    if (entry.kind !== 'full') throw new Error('a full lane let somebody in');
    waits.push(entry.inMs);
    now = entry.lane;
  }
  return waits;
}

describe('a lane', () => {
  it('never has more calls than its limit, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), fc.integer({ min: 1, max: 20 }), (steps, limit) => {
        let lane = emptyLane(0);
        let open = 0;
        for (const isArrival of steps) {
          const entry = enterLane(lane, { nowMs: 0, dice: 0, limit });
          if (isArrival && entry.kind === 'entered') open += 1;
          if (!isArrival && open > 0) open -= 1;
          lane = isArrival ? entry.lane : leaveLane(lane, 100, 0);
          expect(lane.inFlight).toBe(open);
          expect(open).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('gives turns as far apart as calls end', () => {
    expect(sentBack(full(15_000), 4)).toEqual([1_500, 3_000, 4_500, 6_000]);
  });

  it('sends nobody away for more than a minute, and few back at once: 10,000 for a receiver that hangs', () => {
    const waits = sentBack(full(15_000), 10_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    expect(waits.filter((ms) => ms < 30_000).length).toBeLessThan(30);
    expect(sentBack(full(15_000), 100, 0).at(-1)).toBe(30_000);
  });

  it('does not make those who come later wait when everybody has left', () => {
    let lane: Lane = { ...full(15_000), freeAtMs: 45_000 };
    for (let left = 0; left < LIMIT; left++) lane = leaveLane(lane, 10, 20_000);
    expect(lane).toMatchObject({ inFlight: 0, freeAtMs: 20_000 });
  });

  it('learns how long calls take', () => {
    let lane = emptyLane(0);
    for (let calls = 0; calls < 20; calls++) lane = leaveLane({ ...lane, inFlight: 1 }, 2_000, 0);
    expect(lane.latencyMs).toBeCloseTo(2_000, -1);
  });
});
