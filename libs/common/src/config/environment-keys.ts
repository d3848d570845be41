import type { EnvironmentKey } from './environment-key.js';
import { TRACING_KEYS } from './tracing-keys.js';

/** Every environment key of every process. `.env.example` says the same; a test compares both. */
export const ENVIRONMENT = {
  REDIS_URL: {
    for: 'Every process',
    example: 'redis://127.0.0.1:6379',
    sentence: 'Where Redis is. With npm start and no value, Redis is started under SLUICE_HOME.',
  },
  REDIS_ALLOW_VOLATILE: {
    for: 'Every process',
    example: 'false',
    sentence:
      'Accept a Redis without append-only file or with an eviction policy: a crash may lose accepted jobs.',
  },
  DATABASE_URL: {
    for: 'Every process',
    example: 'postgresql://sluice:secret@127.0.0.1:5432/sluice',
    sentence: 'Where PostgreSQL is. With npm start and no value, PostgreSQL is started under SLUICE_HOME.',
  },
  LOG_LEVEL: {
    for: 'Every process',
    example: 'info',
    sentence:
      'fatal, error, warn, info, debug, trace or silent. npm start shows warn and above unless it is set.',
  },
  SLUICE_CONFIG: {
    for: 'Every process',
    example: 'sluice.config.yaml',
    sentence:
      'Path of the configuration file (pools, tiers, backends). Without a value, sluice.config.yaml is read if it exists.',
  },
  SLUICE_CONFIG_TEXT: {
    for: 'Every process',
    example: '',
    sentence:
      'The configuration itself, in the place of a file. The driver docker gives its workers what the scaler has read.',
  },
  SLUICE_HOME: {
    for: 'npm start',
    example: '.sluice',
    sentence: 'Where npm start keeps the data of Redis and PostgreSQL.',
  },
  RESULT_RETENTION_HOURS: {
    for: 'Every process',
    example: '24',
    sentence: 'How long a settled job and its result can be read.',
  },
  BACKEND_ALLOW_HOSTS: {
    for: 'Every process',
    example: 'model.internal,*.svc.cluster.local,10.1.0.0/16:8000',
    sentence:
      'Hosts inside the network that backends added at run time may have: names, *.suffixes, addresses or networks, each with a port or for all, separated by commas.',
  },
  WEBHOOK_ALLOW_HOSTS: {
    for: 'Every process',
    example: '127.0.0.1:9000,hooks.internal',
    sentence:
      'Hosts inside the network that webhooks may be sent to, written as in BACKEND_ALLOW_HOSTS; without a value, public addresses only.',
  },
  PORT: { for: 'API', example: '8000', sentence: 'Port of the API; 0 takes any free one.' },
  HOST: { for: 'API', example: '127.0.0.1', sentence: 'Address the API listens on; 0.0.0.0 for all.' },
  AUTH_MODE: {
    for: 'API',
    example: 'open',
    sentence: 'open: keys are optional, and X-User-ID is believed. required: no key, no service.',
  },
  API_KEY_SECRET: {
    for: 'API',
    example: '',
    sentence:
      'Secret of the HMAC under which API keys are stored; another value makes every key unknown. Needs 16 characters.',
    isSecret: true,
  },
  TRUSTED_PROXIES: {
    for: 'API',
    example: '10.0.0.0/8,127.0.0.1',
    sentence:
      'Addresses or networks whose X-Forwarded-For is believed, separated by commas. Without a value nobody’s is.',
  },
  ADMIN_TOKEN: {
    for: 'API',
    example: '',
    sentence: 'Opens the admin pages from elsewhere. With none set they answer on this machine only.',
    isSecret: true,
  },
  BOARD_WRITABLE: {
    for: 'API',
    example: 'false',
    sentence: 'Let the board at /admin/board remove jobs, replay dead letters and pause queues.',
  },
  DEAD_LETTER_PROMPTS: {
    for: 'API',
    example: 'false',
    sentence: 'Let administrators read the prompts of dead letters (GET …/dead-letters/{id}?prompt=true).',
  },
  FILES_DIR: {
    for: 'API',
    example: '.sluice/files',
    sentence:
      'Where uploaded files and the results of batches are. Several API processes need the same directory.',
  },
  FILES_RETENTION_DAYS: {
    for: 'API',
    example: '30',
    sentence: 'How long uploaded files and the results of batches are kept, in days.',
  },
  SYNC_WAIT_MS: {
    for: 'API',
    example: '30000',
    sentence:
      'How long a synchronous call waits before it answers 202, when the request names no timeout_ms.',
  },
  JOB_DEADLINE_MS: {
    for: 'API',
    example: '600000',
    sentence:
      'When an accepted job ends as expired, counted from its acceptance, when the request names no deadline.',
  },
  METRICS_PORT: {
    for: 'Workers and scalers',
    example: '0',
    sentence:
      'Port of the health and metrics of a worker or scaler; 0 takes any free one. (The API serves its own on PORT.)',
  },
  METRICS_HOST: {
    for: 'Workers and scalers',
    example: '127.0.0.1',
    sentence: 'Address that port is opened on.',
  },
  POOL: { for: 'Workers', example: 'default', sentence: 'The pool a worker serves.' },
  WORKER_ROLES: {
    for: 'Workers',
    example: 'generate,tell',
    sentence: 'generate: pulls jobs. tell: records settlements and sweeps; at least one must run.',
  },
  WORKER_SLOTS: {
    for: 'Workers and scalers',
    example: '16',
    sentence:
      'How many jobs a worker runs at once, unless its pool says another number (pools.<pool>.scaling.slots).',
  },
  WORKER_DRAIN_MS: {
    for: 'Workers',
    example: '25000',
    sentence: 'How long a stopping worker lets running jobs finish before it hands them back.',
  },
  OPENAI_API_KEY: {
    for: 'Workers',
    example: '',
    sentence: 'With a value, models other than sim-* go to an OpenAI-compatible backend.',
    isSecret: true,
  },
  OPENAI_BASE_URL: {
    for: 'Workers',
    example: 'https://api.openai.com/v1',
    sentence: 'That backend’s base URL.',
  },
  SIMULATOR_SEED: { for: 'Workers', example: '1', sentence: 'Seed of the simulator’s dice.' },
  SIMULATOR_PROFILES: {
    for: 'Workers',
    example: '{"sim-fast":{"latency_ms":40}}',
    sentence: 'Changes to the simulator’s profiles by model name, as JSON (docs/simulator.md).',
  },
  RECORD_RETENTION_DAYS: {
    for: 'Workers',
    example: '90',
    sentence:
      'How long rows of requests, scaling events and work history are kept in PostgreSQL, in days. (Webhook deliveries: 30 days.)',
  },
  WORKER_INSTANCE: {
    for: 'Workers',
    example: '',
    sentence: 'The name under which a scaler’s driver knows this worker; set by whoever starts it.',
  },
  SCALER_DRIVER: {
    for: 'Scaler',
    example: 'process',
    sentence: 'Where workers come from: process, docker, swarm or kubernetes.',
  },
  SCALER_MODE: {
    for: 'Scaler',
    example: 'full',
    sentence: 'observe: decide and record, change nothing. up-only: only add workers. full: all.',
  },
  SCALER_HOOK_TOKEN: {
    for: 'Scaler',
    example: '',
    sentence:
      'What Alertmanager shows at POST /hooks/alertmanager as a bearer token. With none set it answers on this machine only.',
    isSecret: true,
  },
  DOCKER_HOST: {
    for: 'Scaler',
    example: 'unix:///var/run/docker.sock',
    sentence: 'Where the Docker Engine is, for the drivers docker and swarm: unix://, tcp:// or http://.',
  },
  KUBECONFIG: {
    for: 'Scaler',
    example: '/etc/sluice/kubeconfig',
    sentence:
      'How the driver kubernetes reaches its cluster. Without a value: the service account of its pod, else ~/.kube/config.',
  },
  ...TRACING_KEYS,
} as const satisfies Record<string, EnvironmentKey>;

export type EnvironmentName = keyof typeof ENVIRONMENT;

/** Keys of ours that must never be sent to a backend as its API key; OPENAI_API_KEY is one of a backend. */
export const isOwnSecret = (name: string): boolean =>
  Object.hasOwn(ENVIRONMENT, name) && name !== 'OPENAI_API_KEY';
