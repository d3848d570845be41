import { fileURLToPath } from 'node:url';
import type { PoolScalingConfig } from '#common/config/scaling-config.js';
import type { ScalerDriver } from '#common/contracts/scaling.js';
import { DockerDriver } from './drivers/docker/docker.driver.js';
import { SwarmDriver } from './drivers/docker-swarm/swarm.driver.js';
import type { Driver } from './drivers/driver.js';
import { deploymentOf } from './drivers/kubernetes/deployment-of.js';
import { findCluster } from './drivers/kubernetes/find-cluster.js';
import { KubernetesDriver } from './drivers/kubernetes/kubernetes.driver.js';
import { ProcessDriver } from './drivers/process/process.driver.js';
import type { ScalerConfig } from './scaler.config.js';
import type { ScalerContext } from './scaler-context.js';

/** Beside the scaler's own main.js. */
const WORKER_SCRIPT = fileURLToPath(new URL('../../worker/src/main.js', import.meta.url));

/** From the start of a worker to its first heartbeat, in seconds, until the scaler has seen one start. */
export const COLD_START_S: Readonly<Record<ScalerDriver, number>> = {
  process: 3,
  docker: 8,
  swarm: 20,
  kubernetes: 20,
};

/** Whoever runs the workers of this pool. */
export function driverOf(
  pool: string,
  scaling: PoolScalingConfig,
  { config, deployment }: ScalerContext,
): Driver {
  const slots = scaling.slots ?? config.slots;
  const { redisUrl, docker } = config;
  const dockerHost = config.dockerHost ?? undefined;
  switch (config.driver) {
    case 'process':
      return new ProcessDriver({ pool, script: WORKER_SCRIPT, slots, env: config.inherited });
    case 'docker':
      return new DockerDriver({
        pool,
        slots,
        redisUrl,
        deployment,
        docker,
        dockerHost,
        handedOn: handedOn(config),
      });
    case 'kubernetes':
      return new KubernetesDriver({
        access: findCluster(config.cluster),
        namespace: config.kubernetes.namespace,
        deployment: deploymentOf(pool, config.kubernetes.deployments),
        container: config.kubernetes.container,
      });
    case 'swarm':
      return new SwarmDriver({ service: serviceOf(pool, config), dockerHost });
  }
}

/** Containers see neither the scaler's files nor its environment. An own file of theirs comes first. */
function handedOn({ docker, inherited, configText }: ScalerConfig): Record<string, string> {
  const named = (docker.inherit ?? []).map((name) => [name, inherited[name] ?? ''] as const);
  const isOwnFile = docker.env['SLUICE_CONFIG'] !== undefined;
  const all = isOwnFile ? named : [...named, ['SLUICE_CONFIG_TEXT', configText] as const];
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}

/** That each pool has one was checked at boot. */
function serviceOf(pool: string, { services }: ScalerConfig): string {
  const service = services[pool];
  if (service === undefined) throw new Error(`pool ${pool} has no service`);
  return service;
}
