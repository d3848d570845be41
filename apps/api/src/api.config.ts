import path from 'node:path';
import { apiEnvironment } from '#common/config/environment.js';
import type { ConfigFile } from '#common/config/config-file.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import { BootError } from '#common/errors/boot-error.js';
import { loadConfig, maskedEnvironment } from '#common/config/load-config.js';
import { type TracingProtocol, tracingOf } from '#common/config/tracing.js';

/** The API's configuration, validated and shaped once; also its injection token. */
export abstract class ApiConfig {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly redisUrl: string;
  /** Null: there are no API keys, and admin routes write nothing. */
  abstract readonly databaseUrl: string | null;
  abstract readonly isRedisVolatileAllowed: boolean;
  abstract readonly logLevel: string;
  /** Null: nothing is traced. */
  abstract readonly tracing: TracingProtocol | null;
  abstract readonly retentionMs: number;
  abstract readonly syncWaitMs: number;
  abstract readonly jobDeadlineMs: number;
  abstract readonly authMode: 'open' | 'required';
  /** Of the HMAC under which API keys are stored. */
  abstract readonly apiKeySecret: string;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  abstract readonly trustedProxies: readonly string[];
  /** Inside the network: backends added at run time may have them. */
  abstract readonly allowedHosts: AllowedHosts;
  /** Inside the network: webhooks may be sent to them. */
  abstract readonly webhookHosts: AllowedHosts;
  /** Where uploaded files and the results of batches are, and how long. */
  abstract readonly files: { readonly directory: string; readonly retentionMs: number };
  abstract readonly adminToken: string | null;
  abstract readonly isBoardWritable: boolean;
  /** Whether administrators may read what the callers of dead jobs wrote. */
  abstract readonly areDeadPromptsShown: boolean;
  abstract readonly pools: ConfigFile['pools'];
  abstract readonly tiers: ConfigFile['tiers'];
  abstract readonly prices: ConfigFile['prices'];
  abstract readonly backends: ConfigFile['backends'];
  abstract readonly routes: ConfigFile['routes'];
  /** For the boot log: no secrets. */
  abstract readonly effective: Record<string, unknown>;
}

/** Keys are 190 random bits, so that a stored HMAC tells nothing of its key even where the secret is known. */
const DEFAULT_API_KEY_SECRET = 'sluice-api-key';

/** @throws BootError naming every problem at once. */
export function loadApiConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const { environment, file } = loadConfig(apiEnvironment, env);
  if (environment.AUTH_MODE === 'required' && environment.DATABASE_URL === undefined) {
    throw new BootError(
      'With AUTH_MODE=required every caller needs a key, and keys are in PostgreSQL: set DATABASE_URL.',
    );
  }
  return Object.freeze({
    port: environment.PORT,
    host: environment.HOST,
    redisUrl: environment.REDIS_URL,
    databaseUrl: environment.DATABASE_URL ?? null,
    isRedisVolatileAllowed: environment.REDIS_ALLOW_VOLATILE,
    logLevel: environment.LOG_LEVEL,
    tracing: tracingOf(environment),
    retentionMs: environment.RESULT_RETENTION_HOURS * 3_600_000,
    syncWaitMs: environment.SYNC_WAIT_MS,
    jobDeadlineMs: environment.JOB_DEADLINE_MS,
    authMode: environment.AUTH_MODE,
    apiKeySecret: environment.API_KEY_SECRET ?? DEFAULT_API_KEY_SECRET,
    trustedProxies: environment.TRUSTED_PROXIES ?? [],
    allowedHosts: AllowedHosts.parse(environment.BACKEND_ALLOW_HOSTS ?? '').hosts,
    webhookHosts: AllowedHosts.parse(environment.WEBHOOK_ALLOW_HOSTS ?? '').hosts,
    files: {
      directory: path.resolve(environment.FILES_DIR),
      retentionMs: environment.FILES_RETENTION_DAYS * 24 * 3_600_000,
    },
    adminToken: environment.ADMIN_TOKEN ?? null,
    isBoardWritable: environment.BOARD_WRITABLE,
    areDeadPromptsShown: environment.DEAD_LETTER_PROMPTS,
    pools: file.pools,
    tiers: file.tiers,
    prices: file.prices,
    backends: file.backends,
    routes: file.routes,
    effective: {
      ...maskedEnvironment(environment),
      pools: Object.keys(file.pools),
      tiers: Object.keys(file.tiers),
    },
  });
}
