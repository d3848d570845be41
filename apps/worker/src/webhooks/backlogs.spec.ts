import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Backlogs } from './backlogs.js';
import { PENDING_MAX } from './room.policy.js';

const full = new Map([['full', PENDING_MAX]]);

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Lets a count come back. */
const counted = () => jest.advanceTimersByTimeAsync(0);

describe('the room of tenants', () => {
  it('is that of the last count, for each tenant by itself', async () => {
    const backlogs = new Backlogs({ atLeast: async () => full });
    expect(backlogs.roomOf('full')).toBe('whole');
    await counted();
    expect(backlogs.roomOf('full')).toBe('none');
    expect(backlogs.roomOf('other')).toBe('whole');
  });

  it('is counted every five seconds at most, however much is asked', async () => {
    let counts = 0;
    const backlogs = new Backlogs({ atLeast: async () => (counts++, full) });
    for (let at = 0; at < 50; at++) {
      backlogs.roomOf('any');
      await jest.advanceTimersByTimeAsync(200);
    }
    expect(counts).toBe(2);
  });

  it('is believed for half a minute while nobody can count, and then nobody is refused', async () => {
    let isAway = false;
    const backlogs = new Backlogs({
      atLeast: async () => {
        if (isAway) throw new Error('away');
        return full;
      },
    });
    backlogs.roomOf('full');
    await counted();
    isAway = true;
    await jest.advanceTimersByTimeAsync(29_000);
    expect(backlogs.roomOf('full')).toBe('none');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(backlogs.roomOf('full')).toBe('whole');
  });
});
