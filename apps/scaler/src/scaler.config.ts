import type { ConfigFile } from '#common/config/config-file.js';
import { scalerEnvironment } from '#common/config/environment.js';
import { loadConfig, maskedEnvironment } from '#common/config/load-config.js';
import type { PoolScalingConfig, ScalerSection } from '#common/config/scaling-config.js';
import type { ScalerDriver, ScalerMode } from '#common/contracts/scaling.js';
import { BootError } from '#common/errors/boot-error.js';
import { scalerProblems } from './scaler-problems.js';

/** A scaler's configuration, validated and shaped once; also its injection token. */
export abstract class ScalerConfig {
  abstract readonly metricsPort: number;
  abstract readonly metricsHost: string;
  abstract readonly redisUrl: string;
  abstract readonly isRedisVolatileAllowed: boolean;
  /** Null: decisions are told to Redis alone, and nothing is forecast. */
  abstract readonly databaseUrl: string | null;
  abstract readonly logLevel: string;
  abstract readonly mode: ScalerMode;
  abstract readonly driver: ScalerDriver;
  abstract readonly tickS: number;
  /** What all pools' workers together may cost; null: there is no such bound. */
  abstract readonly budget: number | null;
  /** Slots of a worker for which its pool names none. */
  abstract readonly slots: number;
  abstract readonly pools: ReadonlyMap<string, PoolScalingConfig>;
  abstract readonly backends: ConfigFile['backends'];
  /** Null: where Docker's own tools look. */
  abstract readonly dockerHost: string | null;
  abstract readonly docker: ScalerSection['docker'];
  /** The Swarm service of each pool. */
  abstract readonly services: Readonly<Record<string, string>>;
  abstract readonly kubernetes: ScalerSection['kubernetes'];
  /** Where kubectl would look for the cluster. */
  abstract readonly cluster: {
    readonly kubeconfig: string | null;
    readonly service: { readonly host: string; readonly port: string } | null;
  };
  /** Null: the hook answers on this machine only. */
  abstract readonly hookToken: string | null;
  /** What a worker gets of the scaler's own environment. */
  abstract readonly inherited: NodeJS.ProcessEnv;
  /** The configuration file as it is written; empty where there is none. */
  abstract readonly configText: string;
  /** For the boot log: no secrets. */
  abstract readonly effective: Record<string, unknown>;
}

/** @throws BootError naming every problem at once. */
export function loadScalerConfig(env: NodeJS.ProcessEnv): ScalerConfig {
  const { environment, file, text } = loadConfig(scalerEnvironment, env);
  const problems = scalerProblems(environment, file, text);
  if (problems.length > 0) {
    const count = `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
    throw new BootError(`The configuration of the scaler has ${count}:\n  ${problems.join('\n  ')}`);
  }
  return Object.freeze({
    metricsPort: environment.METRICS_PORT,
    metricsHost: environment.METRICS_HOST,
    redisUrl: environment.REDIS_URL,
    isRedisVolatileAllowed: environment.REDIS_ALLOW_VOLATILE,
    databaseUrl: environment.DATABASE_URL ?? null,
    logLevel: environment.LOG_LEVEL,
    mode: environment.SCALER_MODE,
    driver: environment.SCALER_DRIVER,
    tickS: file.scaler.tick_seconds,
    budget: file.scaler.budget ?? null,
    slots: environment.WORKER_SLOTS,
    pools: new Map(Object.entries(file.pools).map(([pool, { scaling }]) => [pool, scaling])),
    backends: file.backends,
    dockerHost: environment.DOCKER_HOST ?? null,
    docker: file.scaler.docker,
    services: file.scaler.swarm.services,
    kubernetes: file.scaler.kubernetes,
    cluster: { kubeconfig: environment.KUBECONFIG ?? null, service: clusterService(env) },
    hookToken: environment.SCALER_HOOK_TOKEN ?? null,
    inherited: env,
    configText: text,
    effective: {
      ...maskedEnvironment(environment),
      pools: Object.keys(file.pools),
      tick_s: file.scaler.tick_seconds,
    },
  });
}

/** Kubernetes tells it every pod. */
function clusterService(env: NodeJS.ProcessEnv): ScalerConfig['cluster']['service'] {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  return host === '' ? null : { host, port: env['KUBERNETES_SERVICE_PORT'] || '443' };
}
