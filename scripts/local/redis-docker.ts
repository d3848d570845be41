import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { LaunchError } from './launch-error.js';
import { redisFlags } from './redis-binary.js';
import type { RedisRunner, RunningRedis } from './redis-runner.js';
import { runTool } from './tools.js';

const IMAGE = 'redis:7-alpine';

/** The same directory always has the same container, so that a later start finds what a killed run left behind. */
const containerFor = (directory: string): string =>
  `sluice-redis-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;

/** Files in the mounted directory belong to whoever starts Sluice, not to a user inside the image. */
function userFlags(): string[] {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? [] : ['--user', `${uid}:${gid}`];
}

/** Runs Redis in a container. */
export const redisFromDocker =
  (docker: string): RedisRunner =>
  async (settings): Promise<RunningRedis> => {
    const { directory, port } = settings;
    const name = containerFor(directory);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    await runTool(docker, ['rm', '--force', name]);
    const place = ['--publish', `127.0.0.1:${port}:6379`, '--volume', `${directory}:/data`, ...userFlags()];
    const command = [IMAGE, 'redis-server', ...redisFlags(settings)];
    const run = await runTool(docker, ['run', '--detach', '--rm', '--name', name, ...place, ...command]);
    if (run.code !== 0) throw new LaunchError(`Docker could not run ${IMAGE}: ${run.stderr.trim()}`);

    let isRunning = true;
    const ended = runTool(docker, ['wait', name]).then(() => {
      isRunning = false;
    });
    const tell = async (...args: string[]): Promise<void> => {
      await runTool(docker, [...args, name]);
    };
    const end = async (...args: string[]): Promise<void> => {
      // Docker does not stop a paused container.
      await tell('unpause');
      await tell(...args);
      await ended;
    };
    return {
      pid: null,
      ended,
      isRunning: () => isRunning,
      logSoFar: async () => (await runTool(docker, ['logs', name])).stdout,
      stop: () => end('stop', '--time', '10'),
      kill: () => end('kill'),
      freeze: () => tell('pause'),
      thaw: () => tell('unpause'),
    };
  };
