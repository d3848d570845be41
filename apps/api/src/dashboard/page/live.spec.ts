import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Connection, Live } from './live.js';

const page = { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined };
const connections: Connection[] = [];
let asked = 0;
let answer: () => Promise<Response>;

beforeEach(() => {
  jest.useFakeTimers();
  connections.length = 0;
  asked = 0;
  page.hidden = false;
  Object.assign(globalThis, {
    window: globalThis,
    document: page,
    fetch: () => {
      asked += 1;
      return answer();
    },
  });
});
afterEach(async () => {
  // It rests for ever.
  page.hidden = true;
  await jest.runOnlyPendingTimersAsync();
  jest.useRealTimers();
});

function follow(): void {
  const live = new Live({
    onSnapshot: () => undefined,
    onConnection: (connection) => void connections.push(connection),
  });
  void live.run();
}

describe('a page that follows', () => {
  it('comes back later and later to a server that ends each connection without a word, and says so', async () => {
    answer = async () => new Response('retry: 1000\n\n');
    follow();
    await jest.advanceTimersByTimeAsync(10_500);
    // After 0, 1, 3, 6 and 10 s.
    expect(asked).toBe(5);
    expect(new Set(connections.map(({ kind }) => kind))).toEqual(new Set(['reconnecting']));
  });

  it('comes back at once when a connection that told something ends', async () => {
    answer = async () => {
      page.hidden = asked > 1;
      return new Response('event: trouble\ndata: {}\n\n');
    };
    follow();
    await jest.advanceTimersByTimeAsync(10);
    expect(asked).toBe(2);
    expect(connections.map(({ kind }) => kind)).toEqual(['troubled', 'troubled']);
  });
});
