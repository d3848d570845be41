import type { z } from 'zod';
import type { ConfigFile } from '#common/config/config-file.js';
import type { scalerEnvironment } from '#common/config/environment.js';

type Environment = z.infer<typeof scalerEnvironment>;

/** Sentences about what is valid in itself and cannot work together. */
export function scalerProblems(environment: Environment, file: ConfigFile): string[] {
  return [...swarmProblems(environment, file), ...dockerProblems(environment), ...budgetProblems(file)];
}

function swarmProblems({ SCALER_DRIVER }: Environment, { pools, scaler }: ConfigFile): string[] {
  if (SCALER_DRIVER !== 'swarm') return [];
  const { services } = scaler.swarm;
  const homeless = Object.keys(pools).filter((pool) => !Object.hasOwn(services, pool));
  const problems = homeless.map(
    (pool) => `scaler.swarm.services.${pool}: SCALER_DRIVER=swarm needs the service of each pool`,
  );
  const named = Object.values(services);
  const isShared = new Set(named).size < named.length;
  return isShared ? [...problems, 'scaler.swarm.services: two pools have the same service'] : problems;
}

function dockerProblems({ DOCKER_HOST }: Environment): string[] {
  if (DOCKER_HOST === undefined) return [];
  const { protocol, host, pathname } = new URL(DOCKER_HOST);
  if (protocol === 'unix:') {
    const isSocket = host === '' && pathname.length > 1;
    return isSocket ? [] : ['DOCKER_HOST: a socket is named as unix:///path/to/docker.sock'];
  }
  const isEngine = host !== '' && pathname.length <= 1;
  return isEngine ? [] : [`DOCKER_HOST: an engine is named as ${protocol}//host:port`];
}

function budgetProblems({ pools, scaler: { budget } }: ConfigFile): string[] {
  if (budget === undefined) return [];
  const costs = Object.values(pools).map(({ scaling: { min, worker_cost } }) => min * worker_cost);
  const least = costs.reduce((sum, cost) => sum + cost, 0);
  return least > budget ? [`scaler.budget: the pools' min workers together cost ${least} already`] : [];
}
