import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LaunchError } from './launch-error.js';
import { commandOf } from './pids.js';

interface Holder {
  readonly pid: number;
  readonly command: string;
}

function holderOf(file: string): Holder | null {
  try {
    const [pid = '', command = ''] = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(pid), command };
  } catch {
    return null;
  }
}

/** A pid alone may belong to another program by now. */
const isAlive = ({ pid, command }: Holder): boolean => commandOf(pid) === command;

/** Linking is atomic: the lock appears with its holder in it, or not at all. */
function tryToLink(mine: string, file: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Makes this process the only launcher in a home. Answers how to give it back; throws a LaunchError if another one has it. */
export function lockHome(home: string): () => void {
  mkdirSync(home, { recursive: true });
  const file = path.join(home, 'start.lock');
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${process.pid}\n${commandOf(process.pid) ?? ''}\n`);
  try {
    while (!tryToLink(mine, file)) {
      const holder = holderOf(file);
      if (holder !== null && isAlive(holder)) {
        const other = 'stop that one first, or set SLUICE_HOME to another directory';
        throw new LaunchError(`Sluice is already running in ${home} (pid ${holder.pid}): ${other}.`);
      }
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (holderOf(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}
