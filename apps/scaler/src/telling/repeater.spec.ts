import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Repeater } from './repeater.js';

let turns: { readonly stopping: AbortSignal; end(): void }[];
let repeater: Repeater;

beforeEach(() => {
  jest.useFakeTimers();
  turns = [];
  const turn = (stopping: AbortSignal) => new Promise<void>((end) => turns.push({ stopping, end }));
  repeater = new Repeater(turn, 1_000);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a turn', () => {
  it('begins at once, and the next one a pause after it is over', async () => {
    repeater.start();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(turns).toHaveLength(1);
    turns[0]?.end();
    await jest.advanceTimersByTimeAsync(999);
    expect(turns).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(turns).toHaveLength(2);
  });

  it('under way is told to end and waited for; none comes after it', async () => {
    repeater.start();
    let isOver = false;
    const stopped = repeater.stop().then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(2_000);
    expect(turns[0]?.stopping.aborted).toBe(true);
    expect(isOver).toBe(false);
    turns[0]?.end();
    await stopped;
    repeater.start();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(turns).toHaveLength(1);
  });

  it('that never ends keeps nobody from stopping for more than 3 s', async () => {
    repeater.start();
    const stopped = repeater.stop();
    await jest.advanceTimersByTimeAsync(3_000);
    await stopped;
    expect(jest.getTimerCount()).toBe(0);
  });
});
