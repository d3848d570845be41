import { userInfo } from 'node:os';
import { LaunchError } from './launch-error.js';
import { redisFromBinary } from './redis-binary.js';
import { redisFromDocker } from './redis-docker.js';
import type { RedisRunner } from './redis-runner.js';
import { onPath, runTool } from './tools.js';

const SERVERS = ['redis-server', 'valkey-server'] as const;

const INSTALL_WITH = [
  { tool: 'brew', command: 'brew install redis' },
  { tool: 'apt-get', command: 'sudo apt-get install -y redis-server' },
  { tool: 'dnf', command: 'sudo dnf install -y redis || sudo dnf install -y valkey' },
  { tool: 'apk', command: 'sudo apk add redis' },
] as const;

/** Keeps Debian's package from starting a Redis of its own, and from asking questions. */
const QUIET_INSTALL = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } as const;

/** Answers the new server's path, or null when the system's package source had none to give. */
async function installWithApt(apt: string): Promise<string | null> {
  await runTool(apt, ['update', '-qq'], { environment: QUIET_INSTALL });
  await runTool(apt, ['install', '-y', '-qq', 'redis-server'], { environment: QUIET_INSTALL });
  return onPath(SERVERS);
}

function advice(): string {
  const command = INSTALL_WITH.find(({ tool }) => onPath([tool]) !== null)?.command;
  const install = command === undefined ? 'install redis-server' : `install it with: ${command}`;
  return `Sluice needs Redis, and there is neither redis-server nor a running Docker here: ${install} (or set REDIS_URL).`;
}

/** Finds a way to run Redis: a server on the PATH, one that apt-get can install, or a container. */
export async function findRedis(onNotice: (line: string) => void): Promise<RedisRunner> {
  const here = onPath(SERVERS);
  if (here !== null) return redisFromBinary(here);

  const apt = userInfo().uid === 0 ? onPath(['apt-get']) : null;
  if (apt !== null) {
    onNotice('There is no Redis here: installing redis-server with apt-get.');
    const installed = await installWithApt(apt);
    if (installed !== null) return redisFromBinary(installed);
    onNotice('apt-get could not install redis-server.');
  }

  const docker = onPath(['docker']);
  if (docker === null || (await runTool(docker, ['info'])).code !== 0) throw new LaunchError(advice());
  onNotice('There is no redis-server here: running Redis in Docker.');
  return redisFromDocker(docker);
}
