import { z } from 'zod';
import { SCALER_DRIVERS, SCALER_MODES } from '#common/contracts/scaling.js';
import { AllowedHosts } from '#common/network/allowed-hosts.js';

export type ProcessName = 'every' | 'api' | 'worker' | 'scaler' | 'start';

interface EnvironmentKey {
  readonly for: ProcessName;
  /** As it appears in `.env.example`; absent when there is no default. */
  readonly example: string;
  readonly sentence: string;
  readonly isSecret?: true;
}

/** Every environment key of every process. `.env.example` says the same; a test compares both. */
export const ENVIRONMENT = {
  REDIS_URL: {
    for: 'every',
    example: 'redis://127.0.0.1:6379',
    sentence: 'Where Redis is. With npm start and no value, Redis is started under SLUICE_HOME.',
  },
  REDIS_ALLOW_VOLATILE: {
    for: 'every',
    example: 'false',
    sentence:
      'Accept a Redis without append-only file or with an eviction policy: a crash may lose accepted jobs.',
  },
  DATABASE_URL: {
    for: 'every',
    example: 'postgresql://sluice:secret@127.0.0.1:5432/sluice',
    sentence: 'Where PostgreSQL is. With npm start and no value, PostgreSQL is started under SLUICE_HOME.',
  },
  LOG_LEVEL: {
    for: 'every',
    example: 'info',
    sentence:
      'fatal, error, warn, info, debug, trace or silent. npm start shows warn and above unless it is set.',
  },
  SLUICE_CONFIG: {
    for: 'every',
    example: 'sluice.config.yaml',
    sentence:
      'Path of the configuration file (pools, tiers, backends). Without a value, sluice.config.yaml is read if it exists.',
  },
  SLUICE_HOME: {
    for: 'start',
    example: '.sluice',
    sentence: 'Where npm start keeps the data of Redis and PostgreSQL.',
  },
  RESULT_RETENTION_HOURS: {
    for: 'every',
    example: '24',
    sentence: 'How long a settled job and its result can be read.',
  },
  BACKEND_ALLOW_HOSTS: {
    for: 'every',
    example: 'model.internal,*.svc.cluster.local,10.1.0.0/16:8000',
    sentence:
      'Hosts inside the network that backends added at run time may have: names, *.suffixes, addresses or networks, each with a port or for all, separated by commas.',
  },
  PORT: { for: 'api', example: '8000', sentence: 'Port of the API; 0 takes any free one.' },
  HOST: { for: 'api', example: '127.0.0.1', sentence: 'Address the API listens on; 0.0.0.0 for all.' },
  AUTH_MODE: {
    for: 'api',
    example: 'open',
    sentence: 'open: keys are optional, and X-User-ID is believed. required: no key, no service.',
  },
  API_KEY_SECRET: {
    for: 'api',
    example: '',
    sentence:
      'Secret of the HMAC under which API keys are stored; another value makes every key unknown. Needs 16 characters.',
    isSecret: true,
  },
  TRUSTED_PROXIES: {
    for: 'api',
    example: '10.0.0.0/8,127.0.0.1',
    sentence:
      'Addresses or networks whose X-Forwarded-For is believed, separated by commas. Without a value nobody’s is.',
  },
  ADMIN_TOKEN: {
    for: 'api',
    example: '',
    sentence: 'Opens the admin pages from elsewhere. With none set they answer on this machine only.',
    isSecret: true,
  },
  BOARD_WRITABLE: {
    for: 'api',
    example: 'false',
    sentence: 'Let the board at /admin/board remove jobs and pause queues.',
  },
  SYNC_WAIT_MS: {
    for: 'api',
    example: '30000',
    sentence:
      'How long a synchronous call waits before it answers 202, when the request names no timeout_ms.',
  },
  JOB_DEADLINE_MS: {
    for: 'api',
    example: '600000',
    sentence:
      'When an accepted job ends as expired, counted from its acceptance, when the request names no deadline.',
  },
  METRICS_PORT: {
    for: 'worker',
    example: '0',
    sentence:
      'Port of a worker’s health and metrics; 0 takes any free one. (The API serves its own on PORT.)',
  },
  METRICS_HOST: { for: 'worker', example: '127.0.0.1', sentence: 'Address that port is opened on.' },
  POOL: { for: 'worker', example: 'default', sentence: 'The pool a worker serves.' },
  WORKER_ROLES: {
    for: 'worker',
    example: 'generate,tell',
    sentence: 'generate: pulls jobs. tell: records settlements and sweeps; at least one must run.',
  },
  WORKER_SLOTS: { for: 'worker', example: '16', sentence: 'How many jobs a worker runs at once.' },
  WORKER_DRAIN_MS: {
    for: 'worker',
    example: '25000',
    sentence: 'How long a stopping worker lets running jobs finish before it hands them back.',
  },
  OPENAI_API_KEY: {
    for: 'worker',
    example: '',
    sentence: 'With a value, models other than sim-* go to an OpenAI-compatible backend.',
    isSecret: true,
  },
  OPENAI_BASE_URL: {
    for: 'worker',
    example: 'https://api.openai.com/v1',
    sentence: 'That backend’s base URL.',
  },
  SIMULATOR_SEED: { for: 'worker', example: '1', sentence: 'Seed of the simulator’s dice.' },
  SIMULATOR_PROFILES: {
    for: 'worker',
    example: '{"sim-fast":{"latency_ms":40}}',
    sentence: 'Changes to the simulator’s profiles by model name, as JSON (docs/simulator.md).',
  },
  WORKER_INSTANCE: {
    for: 'worker',
    example: '',
    sentence: 'The name under which a scaler’s driver knows this worker; set by whoever starts it.',
  },
  SCALER_DRIVER: {
    for: 'scaler',
    example: 'process',
    sentence: 'Where workers come from: process, docker or swarm.',
  },
  SCALER_MODE: {
    for: 'scaler',
    example: 'full',
    sentence: 'observe: decide and record, change nothing. up-only: only add workers. full: all.',
  },
  SCALER_HOOK_TOKEN: {
    for: 'scaler',
    example: '',
    sentence:
      'What Alertmanager shows at POST /hooks/alertmanager as a bearer token. With none set it answers on this machine only.',
    isSecret: true,
  },
  DOCKER_HOST: {
    for: 'scaler',
    example: 'unix:///var/run/docker.sock',
    sentence: 'Where the Docker Engine is, for the drivers docker and swarm: unix://, tcp:// or http://.',
  },
} as const satisfies Record<string, EnvironmentKey>;

export type EnvironmentName = keyof typeof ENVIRONMENT;

/** Keys of ours that must never be sent to a backend as its API key; OPENAI_API_KEY is one of a backend. */
export const isOwnSecret = (name: string): boolean =>
  Object.hasOwn(ENVIRONMENT, name) && name !== 'OPENAI_API_KEY';

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
  BACKEND_ALLOW_HOSTS: hosts.optional(),
  RESULT_RETENTION_HOURS: z.coerce
    .number()
    .positive()
    .max(24 * 30)
    .default(24),
});

export const apiEnvironment = everyEnvironment.extend({
  PORT: port.default(8000),
  HOST: z.string().default('127.0.0.1'),
  AUTH_MODE: z.enum(['open', 'required']).default('open'),
  API_KEY_SECRET: z.string().min(16).optional(),
  TRUSTED_PROXIES: networks.optional(),
  ADMIN_TOKEN: z.string().min(16).optional(),
  BOARD_WRITABLE: flag.default(false),
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
  DOCKER_HOST: z.url({ protocol: /^(?:unix|tcp|http|https)$/ }).optional(),
  DATABASE_URL: workerEnvironment.shape.DATABASE_URL,
});

const OWN_PREFIX = /^(?:SLUICE|WORKER|SCALER|SIMULATOR|BOARD)_/;
/** Kubernetes sets such keys for every service in the namespace; one may well be called worker. */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_\w+)$/;
const isServiceLink = (name: string, value: string | undefined): boolean =>
  SERVICE_LINK.test(name) || (name.endsWith('_PORT') && /^(?:tcp|udp):/.test(value ?? ''));

/** Sentences about keys that look like ours and are not: a mistyped key would otherwise be ignored in silence. */
export function unknownKeys(environment: NodeJS.ProcessEnv): string[] {
  const known = Object.keys(ENVIRONMENT);
  return Object.keys(environment)
    .filter((name) => !known.includes(name) && !isServiceLink(name, environment[name]))
    .flatMap((name) => {
      const near = known.find((candidate) => candidate.length >= 6 && isNear(name, candidate));
      if (near !== undefined) return [`${name}: unknown environment key; did you mean ${near}?`];
      return OWN_PREFIX.test(name) ? [`${name}: unknown environment key; .env.example lists them all`] : [];
    });
}

/** Whether one edit (or two swapped neighbours) turns one word into the other. */
function isNear(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  const [a, b] = [left.slice(start), right.slice(start)];
  const isSwap = a.length === b.length && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return isSwap || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
