import { describe, expect, it } from '@jest/globals';
import { TimeWindows } from './time-windows.js';

describe('TimeWindows', () => {
  it('stay at most 120 in a run of any length, and lose nothing when they become wider', () => {
    const windows = new TimeWindows(0);
    for (let second = 0; second < 3_600; second += 1) {
      const window = windows.at(second * 1_000);
      window.due += 2;
      window.latency.add(second + 1);
      window.answers.add(second % 2 === 0 ? '200' : '429');
    }
    expect(windows.widthMs).toBe(32_000);
    expect(windows.all).toHaveLength(113);
    expect(windows.all.every(({ due, latency }) => due === 2 * latency.count)).toBe(true);
    expect(windows.all[112]?.latency.max).toBe(3_600);
    expect(windows.all[3]?.answers.sorted()).toEqual([
      ['200', 16],
      ['429', 16],
    ]);
  });
});
