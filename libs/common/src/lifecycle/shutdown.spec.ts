import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type Phase, PHASES, Shutdown } from './shutdown.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A shutdown with what it said of its steps, by level. */
function reported(): { shutdown: Shutdown; said: { level: string; step: unknown; err?: unknown }[] } {
  const said: { level: string; step: unknown; err?: unknown }[] = [];
  const write = (level: string) => (line: { step: unknown; err?: unknown }) =>
    said.push({ level, step: line.step, ...('err' in line ? { err: line.err } : {}) });
  const shutdown = new Shutdown();
  shutdown.reportTo({ info: write('info'), warn: write('warn') });
  return { shutdown, said };
}

const forever = (): Promise<void> => new Promise(() => undefined);

describe('Shutdown', () => {
  it('stops the intake first, then drains, then flushes, and closes connections last', () => {
    expect(PHASES).toEqual(['stop-intake', 'drain-work', 'flush-records', 'close-connections']);
  });

  it('runs the phases in their order, whatever the order of registration', async () => {
    const orders = fc.array(fc.constantFrom(...PHASES), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(orders, async (registered) => {
        const shutdown = new Shutdown();
        const ran: Phase[] = [];
        for (const phase of registered) shutdown.on(phase, phase, () => void ran.push(phase));
        await shutdown.stop();
        expect(ran).toEqual(PHASES.flatMap((phase) => registered.filter((other) => other === phase)));
      }),
    );
  });

  it('runs the steps of a phase together, so that one may wait for the other', async () => {
    const { shutdown, said } = reported();
    const rings: (() => void)[] = [];
    const rung = new Promise<void>((resolve) => rings.push(resolve));
    shutdown.on('drain-work', 'waits', () => rung);
    shutdown.on('drain-work', 'rings', () => rings.forEach((ring) => ring()));
    await shutdown.stop();
    expect(said.map(({ level }) => level)).toEqual(['info', 'info']);
  });

  it('begins a phase only when every step of the one before has ended', async () => {
    const shutdown = new Shutdown();
    const closed = jest.fn<() => void>();
    shutdown.on('close-connections', 'redis', closed);
    shutdown.on('drain-work', 'quick', () => undefined);
    shutdown.on('drain-work', 'slow', () => new Promise((resolve) => setTimeout(resolve, 4_000)));
    const stopped = shutdown.stop();
    await jest.advanceTimersByTimeAsync(3_999);
    expect(closed).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    await stopped;
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('redis is away'))],
    [
      'throws',
      () => {
        throw new Error('redis is away');
      },
    ],
  ])('reports a step that %s, and passes it over', async (_, step) => {
    const { shutdown, said } = reported();
    const later = jest.fn<() => void>();
    shutdown.on('drain-work', 'broken', step);
    shutdown.on('close-connections', 'later', later);
    await shutdown.stop();
    expect(said).toEqual([
      { level: 'warn', step: 'broken', err: new Error('redis is away') },
      { level: 'info', step: 'later' },
    ]);
    expect(later).toHaveBeenCalledTimes(1);
  });

  it('reports a step that hangs beyond its own time, and passes it over', async () => {
    const { shutdown, said } = reported();
    shutdown.on('drain-work', 'hangs', forever, 250);
    const stopped = shutdown.stop();
    await jest.advanceTimersByTimeAsync(249);
    expect(said).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await stopped;
    expect(said).toEqual([{ level: 'warn', step: 'hangs', err: new Error('gave up after 250 ms') }]);
  });

  it('gives a step 5 s when it names no time', async () => {
    const { shutdown, said } = reported();
    shutdown.on('drain-work', 'hangs', forever);
    const stopped = shutdown.stop();
    await jest.advanceTimersByTimeAsync(4_999);
    expect(said).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    await stopped;
    expect(said).toHaveLength(1);
  });

  it('stops once, however often it is told, and everybody waits for the same end', async () => {
    const shutdown = new Shutdown();
    const step = jest.fn(async () => new Promise<void>((resolve) => setTimeout(resolve, 100)));
    shutdown.on('drain-work', 'step', step);
    const ends = [shutdown.stop(), shutdown.stop()];
    await jest.advanceTimersByTimeAsync(100);
    await Promise.all([...ends, shutdown.stop()]);
    expect(step).toHaveBeenCalledTimes(1);
  });

  it('is stopping from the moment it is told, and still when it has stopped', async () => {
    const shutdown = new Shutdown();
    expect(shutdown.isStopping).toBe(false);
    let wasStopping: boolean | null = null;
    shutdown.on('drain-work', 'looks', async () => {
      await Promise.resolve();
      wasStopping = shutdown.isStopping;
    });
    const stopped = shutdown.stop();
    expect(shutdown.isStopping).toBe(true);
    await stopped;
    expect(wasStopping).toBe(true);
    expect(shutdown.isStopping).toBe(true);
  });

  it('can stop before anybody listens to its reports', async () => {
    const shutdown = new Shutdown();
    shutdown.on('drain-work', 'broken', async () => Promise.reject(new Error('no')));
    await expect(shutdown.stop()).resolves.toBeUndefined();
  });
});
