import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Viewers } from './viewers.js';

const never = new AbortController().signal;
const logger = { debug: () => undefined };
let reads = 0;
let viewers: Viewers;

const made = (options: Partial<ConstructorParameters<typeof Viewers>[0]> = {}) =>
  new Viewers({ read: async () => ({ reads: ++reads }), logger, ...options });

beforeEach(() => {
  jest.useFakeTimers();
  reads = 0;
  viewers = made();
});
afterEach(() => {
  viewers.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const snapshot = (number: number): string => `event: snapshot\ndata: {"reads":${number}}\n\n`;

/** The next events, without the one that says when to come back. */
async function next(view: AsyncGenerator<string, void>, many: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < many) {
    const { value } = await view.next();
    if (typeof value !== 'string') break;
    if (!value.startsWith('retry')) seen.push(value);
  }
  return seen;
}

describe('those who look', () => {
  it('share one snapshot each second, however many they are', async () => {
    const views = Array.from({ length: 20 }, () => viewers.open(never));
    for (const number of [1, 2, 3]) {
      const seen = await Promise.all(views.map((view) => next(view, 1)));
      expect(new Set(seen.flat())).toEqual(new Set([snapshot(number)]));
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(reads).toBe(4);
  });

  it('cost nothing when they have left', async () => {
    const left = new AbortController();
    const view = viewers.open(left.signal);
    await next(view, 1);
    left.abort();
    expect((await view.next()).done).toBe(true);
    await jest.advanceTimersByTimeAsync(60_000);
    expect([reads, viewers.count, jest.getTimerCount()]).toEqual([1, 0, 0]);
  });

  it('are told at once what is of now, not what an earlier one saw', async () => {
    const left = new AbortController();
    await next(viewers.open(left.signal), 1);
    left.abort();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await next(viewers.open(never), 1)).toEqual([snapshot(2)]);
  });

  it('cause no more snapshots by coming and going than by staying', async () => {
    for (let turn = 0; turn < 9; turn += 1) {
      const left = new AbortController();
      const [seen] = await Promise.all([
        next(viewers.open(left.signal), 1),
        jest.advanceTimersByTimeAsync(100),
      ]);
      expect(seen).toEqual([snapshot(1)]);
      left.abort();
    }
    expect(reads).toBe(1);
  });

  it('miss snapshots when they read slowly, and get the newest', async () => {
    const view = viewers.open(never);
    await next(view, 1);
    await jest.advanceTimersByTimeAsync(5_500);
    expect(await next(view, 1)).toEqual([snapshot(6)]);
  });

  it('are told of trouble instead of a snapshot, and of no detail of it', async () => {
    viewers = made({ read: () => Promise.reject(new Error('redis://secret@host')) });
    const [seen = ''] = await next(viewers.open(never), 1);
    expect(seen).toContain('event: trouble\n');
    expect(seen).not.toContain('secret');
  });

  it('are told something while a snapshot does not come', async () => {
    viewers = made({ read: () => new Promise(() => undefined) });
    const view = viewers.open(never);
    await view.next();
    const heard = view.next();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(String((await heard).value)).toContain('event: trouble');
  });

  it('wait for a snapshot that takes too long: no other is begun meanwhile, and it is told when it is there', async () => {
    let finish: (snapshot: object) => void = () => undefined;
    const read = () => {
      reads += 1;
      return new Promise<object>((resolve) => (finish = resolve));
    };
    viewers = made({ read });
    const view = viewers.open(never);
    const heard = next(view, 3);
    await jest.advanceTimersByTimeAsync(11_000);
    expect(reads).toBe(1);
    finish({ reads });
    await jest.advanceTimersByTimeAsync(0);
    const [first, second, third] = await heard;
    expect([first, second].map((text) => text?.split('\n')[0])).toEqual(['event: trouble', 'event: trouble']);
    expect(third).toBe(snapshot(1));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(reads).toBe(2);
    finish({ reads });
    await jest.advanceTimersByTimeAsync(0);
  });

  it('are only so many, and a place is free as soon as one has left', () => {
    const left = new AbortController();
    viewers.open(left.signal);
    for (let more = 1; more < 50; more += 1) viewers.open(never);
    expect(() => viewers.open(never)).toThrow(expect.objectContaining({ code: 'dashboard_full' }));
    left.abort();
    expect(viewers.open(never)).toBeDefined();
  });

  it('have to come back after ten minutes, also those that never read', async () => {
    viewers.open(never);
    const view = viewers.open(never);
    await next(view, 1);
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    expect((await view.next()).done).toBe(true);
    expect([viewers.count, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('are let go when the process stops', async () => {
    const view = viewers.open(never);
    await next(view, 1);
    viewers.stop();
    expect((await view.next()).done).toBe(true);
    const late = viewers.open(never);
    expect(await next(late, 1)).toEqual([]);
  });
});
