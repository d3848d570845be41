import { apiEnvironment } from '#common/config/environment.js';
import type { ConfigFile } from '#common/config/config-file.js';
import { loadConfig, maskedEnvironment } from '#common/config/load-config.js';

/** The API's configuration, validated and shaped once; also its injection token. */
export abstract class ApiConfig {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly redisUrl: string;
  abstract readonly isRedisVolatileAllowed: boolean;
  abstract readonly logLevel: string;
  abstract readonly retentionMs: number;
  abstract readonly syncWaitMs: number;
  abstract readonly jobDeadlineMs: number;
  abstract readonly adminToken: string | null;
  abstract readonly isBoardWritable: boolean;
  abstract readonly pools: ConfigFile['pools'];
  abstract readonly tiers: ConfigFile['tiers'];
  abstract readonly prices: ConfigFile['prices'];
  /** For the boot log: no secrets. */
  abstract readonly effective: Record<string, unknown>;
}

/** @throws BootError naming every problem at once. */
export function loadApiConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const { environment, file } = loadConfig(apiEnvironment, env);
  return Object.freeze({
    port: environment.PORT,
    host: environment.HOST,
    redisUrl: environment.REDIS_URL,
    isRedisVolatileAllowed: environment.REDIS_ALLOW_VOLATILE,
    logLevel: environment.LOG_LEVEL,
    retentionMs: environment.RESULT_RETENTION_HOURS * 3_600_000,
    syncWaitMs: environment.SYNC_WAIT_MS,
    jobDeadlineMs: environment.JOB_DEADLINE_MS,
    adminToken: environment.ADMIN_TOKEN ?? null,
    isBoardWritable: environment.BOARD_WRITABLE,
    pools: file.pools,
    tiers: file.tiers,
    prices: file.prices,
    effective: {
      ...maskedEnvironment(environment),
      pools: Object.keys(file.pools),
      tiers: Object.keys(file.tiers),
    },
  });
}
