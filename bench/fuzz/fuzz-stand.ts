import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '#scripts/local/postgres.js';
import { type LocalProcess, startProcess } from '#scripts/local/process.js';
import { startRedis } from '#scripts/local/redis.js';
import { ALLOWED_URL } from './hints.js';

/** The directory of what was compiled. */
const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const GRACE_MS = 35_000;

/** Calls and jobs end soon: 100,000 inputs have no time to wait. No scaler runs; each pool has a worker. */
const ENVIRONMENT = {
  // What Node takes for itself in a container with 512 MiB. Where there is more room a heap grows as long as there is some, so that
  // its size says nothing of what is kept.
  NODE_OPTIONS: '--max-old-space-size=256',
  SYNC_WAIT_MS: '500',
  JOB_DEADLINE_MS: '1500',
  RESULT_RETENTION_HOURS: '1',
  TRUSTED_PROXIES: '127.0.0.1',
  BACKEND_ALLOW_HOSTS: new URL(ALLOWED_URL).host,
  WEBHOOK_ALLOW_HOSTS: new URL(ALLOWED_URL).host,
  OPENAI_BASE_URL: ALLOWED_URL,
  SIMULATOR_PROFILES: JSON.stringify({
    'sim-default': { latency_ms: 5, tokens_per_second: 0 },
    'sim-fast': { latency_ms: 20, tokens_per_second: 0 },
    'sim-flaky': { latency_ms: 5, tokens_per_second: 0, error_rate: 0.5 },
    'sim-refusing': { latency_ms: 5, tokens_per_second: 0, error_rate: 1, error_kind: 'refused' },
    'sim-throttled': { latency_ms: 5, tokens_per_second: 0, error_rate: 0.5, error_kind: 'rate_limited' },
    'sim-hang': { latency_ms: 3_000 },
  }),
};

/** Callers without a key are not limited; those with one are, by the tiers that are there without being named. */
const CONFIG = {
  pools: { default: { models: ['*'] }, large: { models: ['sim-large*'] } },
  tiers: { anonymous: {} },
  prices: { 'sim-*': { input_usd_per_million: 1, output_usd_per_million: 1 } },
};

/** The real processes over a Redis and a PostgreSQL of their own. */
export class FuzzStand {
  private readonly endings: (() => Promise<void>)[] = [];
  private readonly home = mkdtempSync(path.join(tmpdir(), 'sluice-fuzz-'));
  readonly processes: LocalProcess[] = [];
  redisUrl = '';

  constructor(private readonly signal: AbortSignal) {
    // PostgreSQL's own user has to pass through.
    chmodSync(this.home, 0o711);
    this.endings.push(async () => rmSync(this.home, { recursive: true, force: true }));
  }

  /** What was started before a rejection is still there for `stop`. Answers the port of the API. */
  async start(): Promise<number> {
    const postgres = await startPostgres({ directory: path.join(this.home, 'postgres') });
    this.endings.push(() => postgres.stop());
    await postgres.createDatabase('fuzz');
    const redis = await startRedis({ directory: path.join(this.home, 'redis') });
    this.endings.push(() => redis.stop());
    this.redisUrl = redis.url;
    mkdirSync(path.join(this.home, 'files'));
    const file = path.join(this.home, 'sluice.config.yaml');
    writeFileSync(file, JSON.stringify(CONFIG));
    const env = {
      PATH: process.env['PATH'],
      ...ENVIRONMENT,
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url('fuzz'),
      SLUICE_CONFIG: file,
      FILES_DIR: path.join(this.home, 'files'),
    };
    const worker = { ...env, METRICS_PORT: '0', WORKER_SLOTS: '100' };
    await this.process('tell', 'worker', { ...worker, WORKER_ROLES: 'tell' });
    await this.process('worker', 'worker', { ...worker, WORKER_ROLES: 'generate' });
    await this.process('worker-large', 'worker', { ...worker, WORKER_ROLES: 'generate', POOL: 'large' });
    return (await this.process('api', 'api', { ...env, PORT: '0' })).port;
  }

  /** Every line that the processes have logged. */
  logLines(): string[] {
    return readdirSync(this.home)
      .filter((name) => name.endsWith('.log'))
      .flatMap((name) =>
        readFileSync(path.join(this.home, name), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `${name.replace(/\.log$/, '')}: ${line}`),
      );
  }

  async stopProcesses(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.stop(GRACE_MS)));
  }

  /** The last started ends first. */
  async stop(): Promise<void> {
    await this.stopProcesses();
    for (const end of this.endings.splice(0).reverse()) await end();
  }

  private async process(name: string, app: 'api' | 'worker', env: NodeJS.ProcessEnv): Promise<LocalProcess> {
    const started = await startProcess({
      name,
      script: path.join(root, 'apps', app, 'src/main.js'),
      env,
      inheritOutput: false,
      logFile: path.join(this.home, `${name}.log`),
      signal: this.signal,
    });
    this.processes.push(started);
    return started;
  }
}
