import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The full path of the first of these programs that is on the PATH, or null. */
export function onPath(names: readonly string[], directories = process.env['PATH'] ?? ''): string | null {
  for (const name of names) {
    for (const directory of directories.split(path.delimiter)) {
      const candidate = path.resolve(directory, name);
      if (directory !== '' && canRun(candidate)) return candidate;
    }
  }
  return null;
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Runs a program to its end, out of the reach of the terminal's Ctrl-C. One that can't be run has no exit code. */
export function runTool(file: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolRun> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      ...options.user,
      cwd: '/',
      detached: true,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.stderr += chunk));
    child.once('error', (error) => resolve({ code: null, stdout: said.stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ code, ...said }));
  });
}
