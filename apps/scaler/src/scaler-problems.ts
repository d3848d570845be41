import type { z } from 'zod';
import type { ConfigFile } from '#common/config/config-file.js';
import type { scalerEnvironment } from '#common/config/environment.js';
import { deploymentOf } from './drivers/kubernetes/deployment-of.js';

/** Linux takes no longer value in an environment than 128 KiB. */
const HANDED_ON_BYTES_MAX = 100_000;

type Environment = z.infer<typeof scalerEnvironment>;

/** Sentences about what is valid in itself and cannot work together. */
export function scalerProblems(environment: Environment, file: ConfigFile, text: string): string[] {
  return [
    ...swarmProblems(environment, file),
    ...dockerProblems(environment),
    ...kubernetesProblems(environment, file),
    ...handingOnProblems(environment, file, text),
    ...budgetProblems(file),
  ];
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

/** Without a driver that needs an engine, the key may be another program's, and say what only that one understands. */
function dockerProblems({ SCALER_DRIVER, DOCKER_HOST }: Environment): string[] {
  if (!['docker', 'swarm'].includes(SCALER_DRIVER) || DOCKER_HOST === undefined) return [];
  const isSocket = /^unix:\/\/\/./.test(DOCKER_HOST);
  const isEngine = /^(?:tcp|https?):\/\/[^/]+\/?$/.test(DOCKER_HOST) && URL.canParse(DOCKER_HOST);
  return isSocket || isEngine
    ? []
    : ['DOCKER_HOST: name a socket as unix:///path/to/docker.sock, or an engine as tcp://host:port'];
}

/** Two pools over one Deployment would each take the other's workers for its own. */
function kubernetesProblems({ SCALER_DRIVER }: Environment, { pools, scaler }: ConfigFile): string[] {
  if (SCALER_DRIVER !== 'kubernetes') return [];
  const names = Object.keys(pools).map((pool) => deploymentOf(pool, scaler.kubernetes.deployments));
  const isShared = new Set(names).size < names.length;
  return isShared ? ['scaler.kubernetes.deployments: two pools have the same Deployment'] : [];
}

function handingOnProblems({ SCALER_DRIVER }: Environment, { scaler }: ConfigFile, text: string): string[] {
  const isOwnFile = scaler.docker.env['SLUICE_CONFIG'] !== undefined;
  if (SCALER_DRIVER !== 'docker' || isOwnFile || Buffer.byteLength(text) <= HANDED_ON_BYTES_MAX) return [];
  return [
    `scaler.docker: a configuration of more than ${HANDED_ON_BYTES_MAX} bytes cannot be handed to containers; mount the file (mounts) and name it there (env.SLUICE_CONFIG)`,
  ];
}

function budgetProblems({ pools, scaler: { budget } }: ConfigFile): string[] {
  if (budget === undefined) return [];
  const costs = Object.values(pools).map(({ scaling: { min, worker_cost } }) => min * worker_cost);
  const least = costs.reduce((sum, cost) => sum + cost, 0);
  return least > budget ? [`scaler.budget: the pools' min workers together cost ${least} already`] : [];
}
