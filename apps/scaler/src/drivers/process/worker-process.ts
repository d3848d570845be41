import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import process from 'node:process';
import { type DrivenInstance, DriverTrouble } from '../driver.js';

export interface WorkerCommand {
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where its output goes, appended; by default where ours goes. */
  readonly logFile?: string;
  /** The Node that runs it; by default the one that runs us. */
  readonly execPath?: string;
}

/** One worker's process, in a process group of its own: Ctrl-C in the terminal reaches it through us alone. */
export class WorkerProcess {
  private ended: DrivenInstance['ended'] = null;
  private isAsked = false;
  readonly exited: Promise<void>;
  private readonly born_ms = Date.now();

  private constructor(
    readonly name: string,
    private readonly spec: string,
    private readonly child: ChildProcess,
  ) {
    // What cannot be delivered any more is no news: the exit tells the story.
    child.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.on('exit', (code) => {
        this.ended = { code, at_ms: Date.now() };
        resolve();
      });
    });
  }

  /** @throws DriverTrouble when the system gives us no process. */
  static async start(name: string, spec: string, command: WorkerCommand): Promise<WorkerProcess> {
    const child = forked(command);
    const started = new WorkerProcess(name, spec, child);
    if (child.pid === undefined) {
      const [error] = await once(child, 'error').catch((cause: unknown) => [cause]);
      throw new DriverTrouble('no process could be started', { cause: error });
    }
    return started;
  }

  get isRunning(): boolean {
    return this.ended === null;
  }

  describe(): DrivenInstance {
    const { name, spec, born_ms, ended } = this;
    return { name, spec, born_ms, ended, state: ended === null ? 'running' : 'ended' };
  }

  /** Once: a second SIGTERM would end it at once, whatever it runs. */
  askToEnd(): void {
    if (!this.isRunning || this.isAsked) return;
    this.isAsked = true;
    this.child.kill('SIGTERM');
  }

  /** Ends it and whatever it started. */
  kill(): void {
    if (!this.isRunning || this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // Its group is gone already.
      this.child.kill('SIGKILL');
    }
  }
}

function forked({ script, env, logFile, execPath = process.execPath }: WorkerCommand): ChildProcess {
  const log = logFile === undefined ? null : openSync(logFile, 'a', 0o600);
  try {
    return fork(script, [], {
      detached: true,
      env,
      execPath,
      execArgv: ['--enable-source-maps'],
      // It ends by itself when the channel closes, that is, when we are gone (lifecycle/run-process.ts).
      stdio: ['ignore', log ?? 'inherit', log ?? 'inherit', 'ipc'],
    });
  } catch (cause) {
    throw new DriverTrouble('no process could be started', { cause });
  } finally {
    if (log !== null) closeSync(log);
  }
}
