import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** One step of asking a process to end: the signal, and how long to wait before the next step. */
export interface EndingStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** The command line of a living process, or null. A dead process that nobody has collected yet (a zombie) is null. */
export function commandOf(pid: number): string | null {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
    } catch {
      return null;
    }
  }
  const ps = spawnSync('ps', ['-p', String(pid), '-o', 'stat=', '-o', 'command='], { encoding: 'utf8' });
  const [, state = 'Z', command = ''] = /^(\S+)\s+(.*)/.exec(ps.stdout.trim()) ?? [];
  return state.startsWith('Z') ? null : command;
}

/** The pids of a process's children. */
export function childrenOf(parent: number): number[] {
  if (!existsSync('/proc/self/stat')) {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' });
    const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
    return pairs.flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

/** From `/proc/<pid>/stat`, where the fourth word is it; the second is a name in brackets that may hold anything. */
function parentOf(pid: string): number | null {
  try {
    const [, parent] = /.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return Number(parent);
  } catch {
    return null;
  }
}

/** The pid in the first line of a file, or null when there is no such file or no pid in it. */
export function pidIn(file: string): number | null {
  if (!existsSync(file)) return null;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
}

/** Sends a signal; a process that is gone already has what it was to get. */
export function signalPid(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Ends a process that is not our child, step by step. Answers whether it is gone. */
export async function endStranger(pid: number, steps: readonly EndingStep[]): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    signalPid(pid, signal);
    // A frozen process would keep the signal for later.
    signalPid(pid, 'SIGCONT');
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (commandOf(pid) === null) return true;
      await pause(20);
    }
  }
  return commandOf(pid) === null;
}
