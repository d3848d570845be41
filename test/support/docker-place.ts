import { docker, testEngine, workerImage } from './docker-engine.js';
import { type Place, PROFILES } from './scaled-pool.js';

/** Ends a Node process before it begins, as an image that crashes at its start does. */
export const ENDS_AT_START = { NODE_OPTIONS: '--import=data:text/javascript,process.exit(3)' };

/** Workers in containers of the project's image, on the host's network, where a test's Redis is. */
export function dockerWorkers(env: Readonly<Record<string, string>> = {}): Place {
  return {
    driver: 'docker',
    env: { DOCKER_HOST: testEngine() },
    scaler: {
      docker: {
        image: workerImage(),
        network: 'host',
        env: { SIMULATOR_PROFILES: PROFILES, WORKER_DRAIN_MS: '25000', ...env },
      },
    },
    cleanUp: (redisUrl: string) => {
      removeContainersOf(redisUrl);
      return Promise.resolve();
    },
  };
}

function removeContainersOf(redisUrl: string): void {
  const all = docker(['ps', '--all', '--quiet', '--filter', 'label=sluice.managed'])
    .split('\n')
    .filter(Boolean);
  const ours = all.filter((id) => environmentOf(id).includes(`"REDIS_URL=${redisUrl}"`));
  if (ours.length > 0) docker(['rm', '--force', ...ours]);
}

/** Empty when it has gone meanwhile, as those of other tests do. */
function environmentOf(id: string): string {
  try {
    return docker(['inspect', '--format', '{{json .Config.Env}}', id]);
  } catch {
    return '';
  }
}
