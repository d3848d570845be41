import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { Ticker } from './ticker.js';

const NEVER_MS = 3_600_000;

describe('a ticker', () => {
  let ticker: Ticker | null = null;
  let turns = 0;

  afterEach(async () => {
    await ticker?.stop();
    turns = 0;
  });

  const start = (work: () => Promise<void>, everyMs = NEVER_MS, gapMs = 0): Ticker => {
    ticker = new Ticker(work, { everyMs, gapMs });
    ticker.start();
    return ticker;
  };

  it('begins at once and goes on by its clock', async () => {
    start(async () => {
      turns += 1;
    }, 5);
    await eventually('three turns', () => (turns >= 3 ? true : null));
  });

  it('goes on at once when it is woken, also while it works, and never twice at the same time', async () => {
    let finish = (): void => undefined;
    let atOnce = 0;
    const woken = start(async () => {
      turns += 1;
      atOnce += 1;
      expect(atOnce).toBe(1);
      await new Promise<void>((resolve) => (finish = resolve));
      atOnce -= 1;
    });
    await eventually('the first turn', () => (turns === 1 ? true : null));
    woken.wake();
    woken.wake();
    expect(turns).toBe(1);
    finish();
    await eventually('the second turn', () => (turns === 2 ? true : null));
    finish();
    await eventually('the end of the second turn', () => (woken.busyMs === 0 ? true : null));
    woken.wake();
    await eventually('the third turn', () => (turns === 3 ? true : null));
    finish();
  });

  it('rests between two turns, however often it is woken', async () => {
    const began: number[] = [];
    const woken = start(
      async () => {
        began.push(performance.now());
        setImmediate(() => woken.wake());
      },
      NEVER_MS,
      50,
    );
    await eventually('three turns', () => (began.length >= 3 ? true : null));
    const [first = 0, second = 0, third = 0] = began;
    expect(second - first).toBeGreaterThanOrEqual(25);
    expect(third - second).toBeGreaterThanOrEqual(25);
  });
});
