import type { BackendConfig } from '#common/config/backend-config.js';
import type { ConfigFile } from '#common/config/config-file.js';
import { workerEnvironment } from '#common/config/environment.js';
import { loadConfig, maskedEnvironment } from '#common/config/load-config.js';
import { type TracingProtocol, tracingOf } from '#common/config/tracing.js';
import type { WorkerRole } from '#common/contracts/worker-presence.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import { BootError } from '#common/errors/boot-error.js';

/** A worker's configuration, validated and shaped once; also its injection token. */
export abstract class WorkerConfig {
  abstract readonly metricsPort: number;
  abstract readonly metricsHost: string;
  abstract readonly redisUrl: string;
  abstract readonly isRedisVolatileAllowed: boolean;
  /** Set when the role `tell` is. */
  abstract readonly databaseUrl: string | null;
  abstract readonly logLevel: string;
  /** Null: nothing is traced. */
  abstract readonly tracing: TracingProtocol | null;
  abstract readonly retentionMs: number;
  abstract readonly pool: string;
  abstract readonly pools: readonly string[];
  abstract readonly roles: readonly WorkerRole[];
  abstract readonly slots: number;
  abstract readonly drainMs: number;
  /** The name that a scaler's driver has given it; null when none started it. */
  abstract readonly instance: string | null;
  abstract readonly backends: readonly BackendConfig[];
  abstract readonly routes: ConfigFile['routes'];
  abstract readonly prices: ConfigFile['prices'];
  abstract readonly openAi: { readonly apiKey: string | undefined; readonly baseUrl: string };
  abstract readonly simulator: { readonly seed: number; readonly profiles: string | undefined };
  /** Inside the network: backends added at run time may have them. */
  abstract readonly allowedHosts: AllowedHosts;
  /** Inside the network: webhooks may be sent to them. */
  abstract readonly webhookHosts: AllowedHosts;
  /** How long rows are kept in PostgreSQL, in milliseconds. */
  abstract readonly recordRetentionMs: number;
  /** The value of an environment key that a backend names as its API key. */
  abstract readonly secretOf: (name: string) => string | undefined;
  /** For the boot log: no secrets. */
  abstract readonly effective: Record<string, unknown>;
}

/** @throws BootError naming every problem at once. */
export function loadWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const { environment, file } = loadConfig(workerEnvironment, env);
  const pools = Object.keys(file.pools);
  if (!pools.includes(environment.POOL)) {
    throw new BootError(`POOL is ${environment.POOL}, but the configuration has only: ${pools.join(', ')}.`);
  }
  if (environment.WORKER_ROLES.includes('tell') && environment.DATABASE_URL === undefined) {
    throw new BootError(
      'A worker with the role tell writes to PostgreSQL: set DATABASE_URL, or WORKER_ROLES=generate.',
    );
  }
  return Object.freeze({
    metricsPort: environment.METRICS_PORT,
    metricsHost: environment.METRICS_HOST,
    redisUrl: environment.REDIS_URL,
    isRedisVolatileAllowed: environment.REDIS_ALLOW_VOLATILE,
    databaseUrl: environment.DATABASE_URL ?? null,
    logLevel: environment.LOG_LEVEL,
    tracing: tracingOf(environment),
    retentionMs: environment.RESULT_RETENTION_HOURS * 3_600_000,
    pool: environment.POOL,
    pools,
    roles: environment.WORKER_ROLES,
    slots: environment.WORKER_SLOTS,
    drainMs: environment.WORKER_DRAIN_MS,
    // The environment of a container may have it empty.
    instance: environment.WORKER_INSTANCE || null,
    backends: file.backends,
    routes: file.routes,
    prices: file.prices,
    openAi: { apiKey: environment.OPENAI_API_KEY, baseUrl: environment.OPENAI_BASE_URL },
    simulator: { seed: environment.SIMULATOR_SEED, profiles: environment.SIMULATOR_PROFILES },
    allowedHosts: AllowedHosts.parse(environment.BACKEND_ALLOW_HOSTS ?? '').hosts,
    webhookHosts: AllowedHosts.parse(environment.WEBHOOK_ALLOW_HOSTS ?? '').hosts,
    recordRetentionMs: environment.RECORD_RETENTION_DAYS * 24 * 3_600_000,
    secretOf: (name: string) => env[name],
    effective: maskedEnvironment(environment),
  });
}
