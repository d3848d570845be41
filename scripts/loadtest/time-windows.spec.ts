import { describe, expect, it } from '@jest/globals';
import { TimeWindows } from './time-windows.js';

describe('TimeWindows', () => {
  it('stay at most 240 in a run of any length, and lose nothing when they become wider', () => {
    const windows = new TimeWindows(0);
    for (let second = 0; second < 3_600; second += 1) {
      const window = windows.at(second * 1_000);
      window.due += 2;
      window.latency.add(second + 1);
      window.answers.add(second % 2 === 0 ? '200' : '429');
    }
    expect(windows.widthMs).toBe(16_000);
    expect(windows.all).toHaveLength(225);
    expect(windows.all.every(({ due, latency }) => due === 32 && latency.count === 16)).toBe(true);
    expect(windows.all[224]?.latency.max).toBe(3_600);
    expect(windows.all[3]?.answers.sorted()).toEqual([
      ['200', 8],
      ['429', 8],
    ]);
  });
});
