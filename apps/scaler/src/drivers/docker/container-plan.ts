import { createHash } from 'node:crypto';
import type { ContainerCreateOptions } from 'dockerode';
import type { DockerConfig } from '#common/config/scaling-config.js';

export const LABELS = {
  /** Which Sluice it belongs to: another one on the same engine lets it be. */
  managed: 'sluice.managed',
  pool: 'sluice.pool',
  instance: 'sluice.instance',
  spec: 'sluice.spec',
  epoch: 'sluice.epoch',
  slots: 'sluice.slots',
  born: 'sluice.born_ms',
  image: 'sluice.image',
} as const;

/** What all workers of a pool have in common. */
export interface WorkerPlan {
  readonly pool: string;
  readonly slots: number;
  readonly redisUrl: string;
  /** An id of this Sluice among all that use the engine. */
  readonly deployment: string;
  readonly docker: DockerConfig;
  /** Environment that the scaler hands on: its configuration, and what `inherit` names. */
  readonly handedOn?: Readonly<Record<string, string>>;
}

export interface ContainerPlan {
  readonly name: string;
  readonly imageId: string;
  readonly spec: string;
  readonly epoch: number;
  readonly bornMs: number;
}

/** Under which a network's other members find the workers of all pools: each address that this name has is one of them. */
export const WORKERS_ALIAS = 'sluice-worker';
/** The engine's own networks know no names. */
const NAMELESS = /^(?:default|bridge|host|none|container:.*)$/;
const DRAIN_MS = 25_000;
const MEBIBYTE = 1_024 * 1_024;

function environmentOf({ pool, slots, redisUrl, docker, handedOn }: WorkerPlan): Record<string, string> {
  return {
    METRICS_HOST: '0.0.0.0',
    // On the host's network the image's port could be had by one worker alone.
    ...(docker.network === 'host' ? { METRICS_HOST: '127.0.0.1', METRICS_PORT: '0' } : {}),
    WORKER_DRAIN_MS: String(DRAIN_MS),
    ...handedOn,
    ...docker.env,
    REDIS_URL: docker.redis_url ?? redisUrl,
    POOL: pool,
    WORKER_ROLES: 'generate',
    WORKER_SLOTS: String(slots),
  };
}

/** Of an engine that shuts down: longer than a worker needs to hand back its jobs. */
function stopSeconds(environment: Record<string, string>): number {
  const drainMs = Number(environment['WORKER_DRAIN_MS']);
  return Math.ceil((Number.isFinite(drainMs) ? drainMs : DRAIN_MS) / 1_000) + 5;
}

/** The name of image, environment and limits: workers with another one are outdated. It gives no secret away. */
export function specOf(plan: WorkerPlan, imageId: string): string {
  const { network, cpus, memory_mb, mounts } = plan.docker;
  const parts = [imageId, environmentOf(plan), network, cpus, memory_mb, mounts];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * A worker's container. It is kept when it ends, so that its exit code can be read; it writes nowhere but to /tmp; its health is
 * not looked at by the engine, because its heartbeat tells.
 */
export function containerFor(plan: WorkerPlan, container: ContainerPlan): ContainerCreateOptions {
  const { docker } = plan;
  const environment = { ...environmentOf(plan), WORKER_INSTANCE: container.name };
  const memory = docker.memory_mb === undefined ? null : docker.memory_mb * MEBIBYTE;
  const { network = 'default' } = docker;
  return {
    name: container.name,
    Image: container.imageId,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [LABELS.managed]: plan.deployment,
      [LABELS.pool]: plan.pool,
      [LABELS.instance]: container.name,
      [LABELS.spec]: container.spec,
      [LABELS.epoch]: String(container.epoch),
      [LABELS.slots]: String(plan.slots),
      [LABELS.born]: String(container.bornMs),
      [LABELS.image]: docker.image,
    },
    StopSignal: 'SIGTERM',
    StopTimeout: stopSeconds(environment),
    Healthcheck: { Test: ['NONE'] },
    ...(NAMELESS.test(network)
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [WORKERS_ALIAS] } } } }),
    HostConfig: {
      Init: true,
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': 'rw,nosuid,nodev,size=64m' },
      Binds: docker.mounts.map((mount) => `${mount}:ro`),
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      ...(docker.network === undefined ? {} : { NetworkMode: docker.network }),
      ...(docker.cpus === undefined ? {} : { NanoCpus: Math.round(docker.cpus * 1e9) }),
      ...(memory === null ? {} : { Memory: memory, MemorySwap: memory }),
    },
  };
}
