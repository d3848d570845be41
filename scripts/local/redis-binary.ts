import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { commandOf, endStranger, pidIn } from './pids.js';
import type { RedisRunner, RedisSettings, RunningRedis } from './redis-runner.js';
import { ServerProcess } from './server-process.js';

const STOP = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;
const KILL = [{ signal: 'SIGKILL', waitMs: 5_000 }] as const;

const pidFileOf = (directory: string): string => path.join(directory, 'redis.pid');

export function redisFlags({ appendonly }: RedisSettings): string[] {
  const durability = ['--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', 'everysec', '--save', ''];
  return [...durability, '--maxmemory-policy', 'noeviction', '--daemonize', 'no'];
}

/** Stops the server that a killed run left behind in this directory: two servers must never write one append-only file. */
async function endLeftOver(directory: string): Promise<void> {
  const pid = pidIn(pidFileOf(directory));
  if (pid === null || !/redis|valkey/.test(commandOf(pid) ?? '')) return;
  await endStranger(pid, STOP);
}

/** Runs Redis (or Valkey) as a process of its own. */
export const redisFromBinary =
  (binary: string): RedisRunner =>
  async (settings): Promise<RunningRedis> => {
    const { directory, port } = settings;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    await endLeftOver(directory);
    const place = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--pidfile',
      pidFileOf(directory),
    ];
    const server = await ServerProcess.start({
      binary,
      args: [...place, ...redisFlags(settings)],
      logFile: path.join(directory, 'redis.log'),
    });
    return {
      pid: server.pid,
      ended: server.exited.then(() => undefined),
      isRunning: () => server.isRunning,
      logSoFar: () => Promise.resolve(server.logSoFar()),
      stop: () => server.end(STOP),
      kill: () => server.end(KILL),
      freeze: async () => server.signal('SIGSTOP'),
      thaw: async () => server.signal('SIGCONT'),
    };
  };
