import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres.js';
import { type LocalProcess, startProcess } from '../../scripts/local/process.js';
import { type RedisServer, startRedis } from '../../scripts/local/redis.js';
import { eventually } from './eventually.js';

export interface StackPlan {
  readonly apis?: number;
  readonly workers?: number;
  /** Whether a worker with the role `tell` runs, with a PostgreSQL of its own. */
  readonly isTelling?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The configuration file; without one, nobody is limited. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const UNLIMITED = { tiers: { anonymous: {} } };

const GRACE_MS = 35_000;

/** The real processes, from dist/, over a Redis and a PostgreSQL of their own. */
export class Stack {
  readonly apis: LocalProcess[] = [];
  readonly workers: LocalProcess[] = [];
  tell: LocalProcess | null = null;
  private readonly started: LocalProcess[] = [];

  private constructor(
    readonly directory: string,
    readonly redis: RedisServer,
    readonly postgres: PostgresServer | null,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start({
    apis = 1,
    workers = 1,
    isTelling = false,
    env = {},
    config = UNLIMITED,
  }: StackPlan = {}): Promise<Stack> {
    const directory = mkdtempSync(path.join(tmpdir(), 'sluice-stack-'));
    chmodSync(directory, 0o711);
    const [redis, postgres] = await Promise.all([
      startRedis({ directory: path.join(directory, 'redis') }),
      isTelling ? startPostgres({ directory: path.join(directory, 'postgres'), fast: true }) : null,
    ]);
    await postgres?.createDatabase('sluice');
    const SLUICE_CONFIG = path.join(directory, 'sluice.config.yaml');
    writeFileSync(SLUICE_CONFIG, JSON.stringify(config));
    const stack = new Stack(directory, redis, postgres, { SLUICE_CONFIG, ...env });
    await Promise.all([
      ...Array.from({ length: apis }, async () => stack.apis.push(await stack.startApi())),
      ...Array.from({ length: workers }, async () => stack.workers.push(await stack.startWorker())),
    ]);
    if (isTelling) stack.tell = await stack.startWorker({ WORKER_ROLES: 'tell' });
    return stack;
  }

  startApi(env: Readonly<Record<string, string>> = {}): Promise<LocalProcess> {
    return this.startProcess('api', { PORT: '0', ...env });
  }

  startWorker(env: Readonly<Record<string, string>> = {}): Promise<LocalProcess> {
    return this.startProcess('worker', { METRICS_PORT: '0', WORKER_ROLES: 'generate', ...env });
  }

  startScaler(env: Readonly<Record<string, string>> = {}): Promise<LocalProcess> {
    return this.startProcess('scaler', { METRICS_PORT: '0', ...env });
  }

  /** The base URL of an API process. */
  url(index = 0): string {
    return `http://127.0.0.1:${this.apis[index]?.port}`;
  }

  /** A connection for looking at what is in Redis; the caller closes it. */
  look(): Redis {
    return new Redis(this.redis.url);
  }

  /** Rows of `request_metrics`; null while PostgreSQL or the table is not there. */
  rows(where = 'true', values: unknown[] = []): Promise<Record<string, unknown>[] | null> {
    return this.query(`SELECT * FROM request_metrics WHERE ${where}`, values);
  }

  /** What PostgreSQL answers; null while it, or the table, is not there. */
  async query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[] | null> {
    const client = new pg.Client({
      connectionString: this.postgres?.url('sluice'),
      connectionTimeoutMillis: 1_000,
    });
    try {
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(sql, values);
      return rows;
    } catch {
      return null;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** All that the processes have written to their logs. */
  logs(): string {
    return readdirSync(this.directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(path.join(this.directory, name), 'utf8'))
      .join('');
  }

  async workerCalled(workerId: string): Promise<LocalProcess> {
    return eventually(`the process of ${workerId}`, async () => {
      const look = this.look();
      const text = await look.get(`{sluice}:worker:${workerId}`);
      look.disconnect();
      const pid = text === null ? null : (JSON.parse(text) as { pid: number }).pid;
      return this.started.find((process) => process.pid === pid) ?? null;
    });
  }

  /** Stops everything, frozen or not, and leaves nothing behind. */
  async stop(): Promise<void> {
    await this.redis.thaw().catch(() => undefined);
    for (const process of this.started) process.thaw();
    await Promise.all(this.started.map((process) => process.stop(GRACE_MS)));
    await Promise.all([this.redis.stop(), this.postgres?.stop()]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async startProcess(
    app: 'api' | 'worker' | 'scaler',
    env: Readonly<Record<string, string>>,
  ): Promise<LocalProcess> {
    const process_ = await startProcess({
      name: app,
      script: path.resolve('dist/apps', app, 'src/main.js'),
      inheritOutput: false,
      logFile: path.join(this.directory, `${app}-${this.started.length}-${Date.now()}.log`),
      env: {
        PATH: process.env['PATH'],
        REDIS_URL: this.redis.url,
        ...(this.postgres === null ? {} : { DATABASE_URL: this.postgres.url('sluice') }),
        WORKER_DRAIN_MS: '3000',
        FILES_DIR: path.join(this.directory, 'files'),
        ...this.env,
        ...env,
      },
    });
    this.started.push(process_);
    return process_;
  }
}
