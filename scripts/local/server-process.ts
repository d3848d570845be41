import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { type Exit, endChild, exitOf, hasEnded } from './child-end.js';
import { LaunchError, messageOf } from './launch-error.js';
import type { EndingStep } from './pids.js';

export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A store's server in a process group of its own: the terminal's Ctrl-C does not reach it, and it outlives a launcher that is killed. */
export class ServerProcess {
  readonly exited: Promise<Exit>;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    private readonly logFile: string,
    private readonly logStart: number,
  ) {
    this.exited = exitOf(child);
    child.on('error', () => undefined);
    child.unref();
  }

  static async start(command: ServerCommand): Promise<ServerProcess> {
    const log = openSync(command.logFile, 'a', 0o600);
    const logStart = statSync(command.logFile).size;
    const child = spawn(command.binary, command.args, {
      ...command.user,
      cwd: '/',
      detached: true,
      env: command.environment ?? process.env,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    if (child.pid !== undefined) return new ServerProcess(child, child.pid, command.logFile, logStart);
    const why = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new LaunchError(`Could not run ${command.binary}: ${messageOf(why)}.`);
  }

  get isRunning(): boolean {
    return !hasEnded(this.child);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  end(steps: readonly EndingStep[]): Promise<void> {
    return endChild(this.child, this.exited, steps);
  }

  /** What this run of the server has written to its log so far. */
  logSoFar(): string {
    return readFileSync(this.logFile).subarray(this.logStart).toString('utf8');
  }
}
