import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BootError } from '#common/errors/boot-error.js';
import { runProcess } from './run-process.js';
import { Shutdown } from './shutdown.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'disconnect'] as const;
const { send } = process;
/** Jest's own process, and whatever it listens to, stays as it is: only what `runProcess` adds is taken away again. */
let before: ReadonlyMap<string, (() => void)[]>;
let exit: jest.SpiedFunction<typeof process.exit>;
let told: jest.Mock;

beforeEach(() => {
  jest.useFakeTimers();
  before = new Map(SIGNALS.map((name) => [name, listenersOf(name)]));
  exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as unknown as typeof process.exit);
  told = jest.fn();
  process.send = told as unknown as NonNullable<typeof process.send>;
});
afterEach(() => {
  for (const name of SIGNALS) for (const listener of added(name)) process.off(name, listener);
  if (send === undefined) delete process.send;
  else process.send = send;
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const listenersOf = (name: string) => process.listeners(name as 'SIGTERM') as unknown as (() => void)[];
const added = (name: string) =>
  listenersOf(name).filter((listener) => !(before.get(name) ?? []).includes(listener));
const receive = (name: (typeof SIGNALS)[number]): void => added(name).forEach((listener) => listener());

function started(stepMs = 0): { shutdown: Shutdown; running: Promise<void> } {
  const shutdown = new Shutdown();
  shutdown.on('drain-work', 'work', () => new Promise((resolve) => setTimeout(resolve, stepMs)), 120_000);
  return { shutdown, running: runProcess(shutdown, async () => Promise.resolve(4_321)) };
}

describe('runProcess', () => {
  it('tells a parent that forked it the port it listens on', async () => {
    await started().running;
    expect(told).toHaveBeenCalledWith({ kind: 'listening', port: 4_321 });
    expect(exit).not.toHaveBeenCalled();
  });

  it('runs without a parent', async () => {
    delete process.send;
    await started().running;
    expect(added('disconnect')).toEqual([]);
    expect(added('SIGTERM')).toHaveLength(1);
  });

  it.each(SIGNALS)('stops in phases on %s, then exits with 0', async (name) => {
    const { shutdown, running } = started(1_000);
    await running;
    receive(name);
    expect(shutdown.isStopping).toBe(true);
    await jest.advanceTimersByTimeAsync(999);
    expect(exit).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  it('stops on a signal that comes while it starts', async () => {
    const shutdown = new Shutdown();
    void runProcess(shutdown, async () => new Promise(() => undefined));
    receive('SIGTERM');
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  it('exits with 1 at once on a second signal', async () => {
    await started(1_000).running;
    receive('SIGINT');
    receive('SIGTERM');
    expect(exit.mock.calls).toEqual([[1]]);
  });

  it('is not hurried by a parent that goes while it stops', async () => {
    await started(1_000).running;
    receive('SIGTERM');
    receive('disconnect');
    expect(exit).not.toHaveBeenCalled();
  });

  it('exits with 1 after 40 s when its stop hangs', async () => {
    await started(100_000).running;
    receive('SIGTERM');
    await jest.advanceTimersByTimeAsync(39_999);
    expect(exit).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(exit.mock.calls).toEqual([[1]]);
  });

  it('prints why it cannot boot as one sentence without a stack trace, and exits with 1', async () => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await runProcess(new Shutdown(), async () => Promise.reject(new BootError('Port 3000 is in use.')));
    expect(write.mock.calls).toEqual([['Port 3000 is in use.\n']]);
    expect(exit.mock.calls).toEqual([[1]]);
  });

  it('hides no defect behind a sentence', async () => {
    const defect = new TypeError('x is not a function');
    await expect(runProcess(new Shutdown(), async () => Promise.reject(defect))).rejects.toBe(defect);
    expect(exit).not.toHaveBeenCalled();
  });
});
