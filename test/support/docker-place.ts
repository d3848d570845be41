import { docker, testEngine, workerImage } from './docker-engine.js';

/** Ends a Node process before it begins, as an image that crashes at its start does. */
export const ENDS_AT_START = { NODE_OPTIONS: '--import=data:text/javascript,process.exit(3)' };

/** Workers in containers of the project's image, on the host's network, where a test's Redis is. */
export function dockerWorkers(env: Readonly<Record<string, string>> = {}) {
  return {
    driver: 'docker' as const,
    env: { DOCKER_HOST: testEngine() },
    scaler: {
      docker: { image: workerImage(), network: 'host', env: { REDIS_ALLOW_VOLATILE: 'true', ...env } },
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
  const ours = all.filter((id) =>
    docker(['inspect', '--format', '{{json .Config.Env}}', id]).includes(`"REDIS_URL=${redisUrl}"`),
  );
  if (ours.length > 0) docker(['rm', '--force', ...ours]);
}
