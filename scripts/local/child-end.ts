import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { EndingStep } from './pids.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;

/** Settles when the child has ended, also when it could not be started at all. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}

export const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** Waits for a child that may be unreferenced: the timer keeps the event loop alive meanwhile. */
async function endsWithin(exited: Promise<Exit>, waitMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(waitMs, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([exited.then(() => true), late]);
  timer.abort();
  return inTime;
}

/** Ends a child step by step, waking it first if it is frozen. Settles when it is gone or the steps are used up. */
export async function endChild(
  child: ChildProcess,
  exited: Promise<Exit>,
  steps: readonly EndingStep[],
): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (hasEnded(child)) return;
    child.kill(signal);
    child.kill('SIGCONT');
    if (await endsWithin(exited, waitMs)) return;
  }
}
