import { describe, expect, it } from '@jest/globals';
import { Flights } from './flights.js';
import { LineSet } from './line-set.js';

describe('Flights', () => {
  it('has no more in flight than is allowed at that moment, and tells when there is none', async () => {
    const flights = new Flights();
    const endings: (() => void)[] = [];
    let most = 0;
    let limit = 3;
    const all = (async () => {
      for (let at = 0; at < 10; at++) {
        await flights.room(() => limit);
        const work = new Promise<void>((resolve) => endings.push(resolve));
        flights.add(work);
        most = Math.max(most, endings.length);
      }
      await flights.idle();
    })();
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    await settle();
    expect(endings).toHaveLength(3);
    limit = 1;
    endings.splice(0, 2).forEach((end) => end());
    await settle();
    expect(endings).toHaveLength(1);
    limit = 5;
    for (let at = 0; at < 12; at++) {
      endings.shift()?.();
      await settle();
    }
    await all;
    expect(most).toBeLessThanOrEqual(5);
  });
});

describe('LineSet', () => {
  it('holds each line once, and no line that is none', () => {
    const lines = new LineSet(17);
    expect([0, 7, 8, 16].map((at) => lines.add(at))).toEqual([true, true, true, true]);
    expect([0, 16, 17, -1, Number.NaN].map((at) => lines.add(at))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(Array.from({ length: 17 }, (_, at) => at).filter((at) => lines.has(at))).toEqual([0, 7, 8, 16]);
    expect(lines.count).toBe(4);
  });
});
