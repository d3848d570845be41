import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type Exit, describeExit, endChild, exitOf } from './child-end.js';
import { LaunchError } from './launch-error.js';
import { LastWords } from './last-words.js';

const LISTENS_WITHIN_MS = 30_000;

export interface ProcessPlan {
  readonly name: string;
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** Its output goes to the terminal; otherwise into the log file, or nowhere. */
  readonly inheritOutput: boolean;
  readonly logFile?: string;
  /** Ends the child if it is aborted before the child listens. */
  readonly signal?: AbortSignal;
}

/** A Node process of ours in a process group of its own, connected by IPC: it ends itself when we vanish. */
export interface LocalProcess {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly exited: Promise<Exit>;
  /** Asks it to end, and ends it after the grace. */
  stop(graceMs: number): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

interface Ends {
  readonly exited: Promise<Exit>;
  readonly words: LastWords;
}

function listeningPort(message: unknown): number | null {
  if (typeof message !== 'object' || message === null || !('kind' in message) || !('port' in message))
    return null;
  return message.kind === 'listening' && typeof message.port === 'number' ? message.port : null;
}

function forkPlan({ script, env, inheritOutput, logFile }: ProcessPlan, lastWords: LastWords): ChildProcess {
  const log = !inheritOutput && logFile !== undefined ? openSync(logFile, 'a', 0o600) : null;
  const child = fork(script, [], {
    detached: true,
    env,
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', inheritOutput ? 'inherit' : (log ?? 'ignore'), 'pipe', 'ipc'],
  });
  if (log !== null) closeSync(log);
  if (child.stderr !== null) lastWords.listenTo(child.stderr, inheritOutput ? process.stderr : logFile);
  return child;
}

async function untilListening(plan: ProcessPlan, child: ChildProcess, ends: Ends): Promise<number> {
  const settled = new AbortController();
  try {
    return await new Promise<number>((resolve, reject) => {
      const fail = (why: string) => reject(new LaunchError(`The ${plan.name} ${why}${ends.words.quoted}`));
      const late = `did not listen within ${LISTENS_WITHIN_MS / 1_000} s`;
      const timer = setTimeout(() => fail(late), LISTENS_WITHIN_MS);
      settled.signal.addEventListener('abort', () => clearTimeout(timer));
      const stopped = () => fail('was stopped before it listened');
      plan.signal?.addEventListener('abort', stopped, { signal: settled.signal });
      child.on('message', (message) => {
        const port = listeningPort(message);
        if (port !== null) resolve(port);
      });
      void ends.exited.then(async (exit) => {
        await ends.words.complete();
        fail(`ended before it listened (${describeExit(exit)})`);
      });
    });
  } finally {
    settled.abort();
  }
}

/** Starts a script and waits until it says that it listens. Throws a LaunchError, and leaves nothing behind, if it doesn't. */
export async function startProcess(plan: ProcessPlan): Promise<LocalProcess> {
  plan.signal?.throwIfAborted();
  const words = new LastWords();
  const child = forkPlan(plan, words);
  const exited = exitOf(child);
  // A message that can't be delivered any more: the exit tells the story.
  child.on('error', () => undefined);
  const end = (...steps: Parameters<typeof endChild>[2]) => endChild(child, exited, steps);
  const kill = () => end({ signal: 'SIGKILL', waitMs: 5_000 });
  try {
    const port = await untilListening(plan, child, { exited, words });
    return {
      name: plan.name,
      pid: child.pid ?? 0,
      port,
      exited,
      stop: (graceMs) => end({ signal: 'SIGTERM', waitMs: graceMs }, { signal: 'SIGKILL', waitMs: 5_000 }),
      kill,
      freeze: () => void child.kill('SIGSTOP'),
      thaw: () => void child.kill('SIGCONT'),
    };
  } catch (error) {
    await kill();
    throw error;
  }
}
