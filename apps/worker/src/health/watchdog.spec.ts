import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Watchdog, type WatchdogReading } from './watchdog.js';

const stuck: WatchdogReading = {
  queued: 3,
  freeSlots: 2,
  isPaused: false,
  isDraining: false,
  isCordoned: false,
};
const EVERY_MS = 5_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Looks every 5 s for `ms`. */
function watch(dog: Watchdog, ms: number, reading: WatchdogReading): void {
  for (let passed = 0; passed < ms; passed += EVERY_MS) {
    jest.advanceTimersByTime(EVERY_MS);
    dog.look(reading);
  }
}

describe('Watchdog', () => {
  it('finds a worker stuck when jobs wait, slots are free and nothing has started for more than 60 s', () => {
    const dog = new Watchdog();
    watch(dog, 60_000, stuck);
    expect(dog.isStuck()).toBe(false);
    jest.advanceTimersByTime(1);
    expect(dog.isStuck()).toBe(true);
  });

  it('finds a worker well again as soon as it starts a job', () => {
    const dog = new Watchdog();
    watch(dog, 65_000, stuck);
    expect(dog.isStuck()).toBe(true);
    dog.started();
    expect(dog.isStuck()).toBe(false);
    watch(dog, 60_000, stuck);
    expect(dog.isStuck()).toBe(false);
  });

  it.each<[string, Partial<WatchdogReading>]>([
    ['nothing waits', { queued: 0 }],
    ['it cannot know whether anything waits', { queued: null }],
    ['every slot is busy', { freeSlots: 0 }],
    ['an operator has paused the queue', { isPaused: true }],
    ['it is stopping', { isDraining: true }],
    ['it is cordoned', { isCordoned: true }],
  ])('blames no worker while %s', (_, reading) => {
    const dog = new Watchdog();
    watch(dog, 600_000, { ...stuck, ...reading });
    expect(dog.isStuck()).toBe(false);
  });

  it.each<Partial<WatchdogReading>>([{ queued: 0 }, { queued: null }, { freeSlots: 0 }, { isPaused: true }])(
    'counts the 60 s anew after a single look with %j',
    (reading) => {
      const dog = new Watchdog();
      watch(dog, 55_000, stuck);
      watch(dog, EVERY_MS, { ...stuck, ...reading });
      watch(dog, 60_000, stuck);
      expect(dog.isStuck()).toBe(false);
      watch(dog, EVERY_MS, stuck);
      expect(dog.isStuck()).toBe(true);
    },
  );
});
