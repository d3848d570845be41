import { z } from 'zod';
import { SCALER_DRIVERS, SCALER_MODES } from '#common/contracts/scaling.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';
import { tracingKeys } from './tracing.js';

export { ENVIRONMENT, type EnvironmentName, isOwnSecret } from './environment-keys.js';

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().positive();
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const url = (protocols: RegExp) => z.url({ protocol: protocols });

/** Addresses and networks in CIDR notation, separated by commas. */
const networks = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).min(1));

/** As AllowedHosts reads it. */
const hosts = z.string().superRefine((text, context) => {
  for (const part of AllowedHosts.parse(text).unknown) {
    context.addIssue({ code: 'custom', message: `${part} is no host name, *.suffix, address or network` });
  }
});

export const everyEnvironment = z.object({
  REDIS_URL: url(/^rediss?$/).default('redis://127.0.0.1:6379'),
  REDIS_ALLOW_VOLATILE: flag.default(false),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SLUICE_CONFIG: z.string().optional(),
  SLUICE_CONFIG_TEXT: z.string().optional(),
  BACKEND_ALLOW_HOSTS: hosts.optional(),
  WEBHOOK_ALLOW_HOSTS: hosts.optional(),
  RESULT_RETENTION_HOURS: z.coerce
    .number()
    .positive()
    .max(24 * 30)
    .default(24),
  ...tracingKeys,
});

export const apiEnvironment = everyEnvironment.extend({
  PORT: port.default(8000),
  HOST: z.string().default('127.0.0.1'),
  AUTH_MODE: z.enum(['open', 'required']).default('open'),
  API_KEY_SECRET: z.string().min(16).optional(),
  TRUSTED_PROXIES: networks.optional(),
  ADMIN_TOKEN: z.string().min(16).optional(),
  BOARD_WRITABLE: flag.default(false),
  DEAD_LETTER_PROMPTS: flag.default(false),
  FILES_DIR: z.string().min(1).default('.sluice/files'),
  FILES_RETENTION_DAYS: z.coerce.number().positive().max(3_650).default(30),
  SYNC_WAIT_MS: milliseconds.max(600_000).default(30_000),
  JOB_DEADLINE_MS: milliseconds.max(24 * 3_600_000).default(600_000),
  DATABASE_URL: url(/^postgres(?:ql)?$/).optional(),
});

export const workerEnvironment = everyEnvironment.extend({
  METRICS_PORT: port.default(0),
  METRICS_HOST: z.string().default('127.0.0.1'),
  POOL: z.string().default('default'),
  WORKER_ROLES: z
    .string()
    .default('generate,tell')
    .transform((text) => text.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(['generate', 'tell'])).min(1)),
  WORKER_SLOTS: z.coerce.number().int().min(1).max(1_000).default(16),
  WORKER_DRAIN_MS: milliseconds.max(30_000).default(25_000),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.url().default('https://api.openai.com/v1'),
  SIMULATOR_SEED: z.coerce.number().int().default(1),
  SIMULATOR_PROFILES: z.string().optional(),
  RECORD_RETENTION_DAYS: z.coerce.number().positive().max(3_650).default(90),
  WORKER_INSTANCE: z.string().max(100).optional(),
  DATABASE_URL: url(/^postgres(?:ql)?$/).optional(),
});

/** A scaler starts workers, so it also reads how many slots they have. */
export const scalerEnvironment = everyEnvironment.extend({
  METRICS_PORT: port.default(0),
  METRICS_HOST: z.string().default('127.0.0.1'),
  WORKER_SLOTS: workerEnvironment.shape.WORKER_SLOTS,
  SCALER_DRIVER: z.enum(SCALER_DRIVERS).default('process'),
  SCALER_MODE: z.enum(SCALER_MODES).default('full'),
  SCALER_HOOK_TOKEN: z.string().min(16).optional(),
  /** Other programs read it too: what is no place of an engine matters to the drivers that need one alone. */
  DOCKER_HOST: z.string().optional(),
  KUBECONFIG: z.string().optional(),
  DATABASE_URL: workerEnvironment.shape.DATABASE_URL,
});
