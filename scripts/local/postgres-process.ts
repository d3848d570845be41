import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LaunchError } from './launch-error.js';
import { commandOf, endStranger, pidIn } from './pids.js';
import { type PostgresBinaries, type SystemUser, knownObstacle } from './postgres-binaries.js';
import { becoming, passageThrough } from './postgres-passage.js';
import { type ServerCommand, ServerProcess } from './server-process.js';

/** PostgreSQL's own words: a fast shutdown, an immediate one (recovery at the next start), the end. */
export const STOP = [
  { signal: 'SIGINT', waitMs: 10_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const READY_WITHIN_MS = 60_000;
const ORPHANS_WITHIN_MS = 10_000;
const STILL_IN_USE = /shared memory block .* is still in use/;

export interface PostgresRun {
  readonly binaries: PostgresBinaries;
  readonly directory: string;
  readonly data: string;
  readonly port: number;
  readonly user: SystemUser | null;
  /** May lose what was committed in a power cut, not in a crash of the process: for tests. */
  readonly fast: boolean;
}

const pidFileOf = (data: string): string => path.join(data, 'postmaster.pid');

/** Stops the server that a killed run left behind, and forgets a pid that now belongs to another program. */
async function endLeftOver(data: string): Promise<void> {
  const pid = pidIn(pidFileOf(data));
  if (pid === null) return;
  if (commandOf(pid)?.includes('postgres') === true) await endStranger(pid, STOP);
  else rmSync(pidFileOf(data), { force: true });
}

function flags({ data, port, fast }: PostgresRun): string[] {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  if (fast) settings.push('fsync=off', 'full_page_writes=off');
  return ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** The server writes its pid into the first line and its state into the eighth. */
function isReady(data: string, pid: number): boolean {
  if (pidIn(pidFileOf(data)) !== pid || !existsSync(pidFileOf(data))) return false;
  return readFileSync(pidFileOf(data), 'utf8').split('\n')[7]?.trim() === 'ready';
}

async function commandOfServer(run: PostgresRun): Promise<Pick<ServerCommand, 'binary' | 'args' | 'user'>> {
  const { binaries, data, user } = run;
  const plain = { binary: binaries.server, args: flags(run) };
  if (user === null) return plain;
  const [setpriv, ...rights] = (await passageThrough([binaries.server, data])) ?? [];
  if (setpriv === undefined) return { ...plain, user };
  return { binary: setpriv, args: [...becoming(user), ...rights, plain.binary, ...plain.args] };
}

async function startOnce(run: PostgresRun): Promise<ServerProcess> {
  const server = await ServerProcess.start({
    ...(await commandOfServer(run)),
    logFile: path.join(run.directory, 'postgres.log'),
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (server.isRunning && performance.now() < deadline) {
    if (isReady(run.data, server.pid)) return server;
    await pause(20);
  }
  await server.end(STOP);
  const log = server.logSoFar().trim().split('\n');
  const fatal = log.findLast((line) => /FATAL|PANIC/.test(line)) ?? log.at(-1) ?? '';
  throw new LaunchError(`PostgreSQL did not become ready on port ${run.port}: ${fatal}`);
}

/** Starts the server and waits until it accepts connections. */
export async function runPostgres(run: PostgresRun): Promise<ServerProcess> {
  await endLeftOver(run.data);
  const deadline = performance.now() + ORPHANS_WITHIN_MS;
  for (;;) {
    try {
      return await startOnce(run);
    } catch (error) {
      // The sessions of a server that was killed notice its death a moment later.
      const isTooEarly = error instanceof LaunchError && STILL_IN_USE.test(error.message);
      if (!isTooEarly || performance.now() > deadline)
        throw (await knownObstacle(run.binaries, run.directory)) ?? error;
      await pause(100);
    }
  }
}
