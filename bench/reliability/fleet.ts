import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { z } from 'zod';
import { workerPresence } from '#common/contracts/worker-presence.js';
import { keys } from '#common/redis/keys.js';
import { LaunchError } from '#scripts/local/launch-error.js';
import { type PostgresServer, startPostgres } from '#scripts/local/postgres.js';
import { type LocalProcess, startProcess } from '#scripts/local/process.js';
import { type RedisServer, startRedis } from '#scripts/local/redis.js';
import { call } from './caller.js';
import { until } from './until.js';

export interface FleetPlan {
  readonly apis?: number;
  readonly workers?: number;
  /** Of every process. */
  readonly env?: Readonly<Record<string, string>>;
  /** The configuration file; without one nobody is limited. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

type Environment = Readonly<Record<string, string>>;

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const KEY_WITHIN_MS = 10_000;
const UNLIMITED = { tiers: { anonymous: {} } };
const createdKey = z.object({ key: z.string() });

/** Sluice with a Redis and a PostgreSQL of its own: APIs, workers that generate, and one that tells. */
export class Fleet {
  readonly apis: LocalProcess[] = [];
  readonly workers: LocalProcess[] = [];
  /** Names of processes that ended although nobody asked them to. */
  readonly crashed: string[] = [];
  private readonly started: LocalProcess[] = [];
  private readonly ended = new Set<number>();

  private constructor(
    private readonly home: string,
    readonly redis: RedisServer,
    readonly postgres: PostgresServer,
    private readonly plan: FleetPlan,
  ) {}

  static async start(plan: FleetPlan): Promise<Fleet> {
    const home = mkdtempSync(path.join(tmpdir(), 'sluice-reliability-'));
    // PostgreSQL's own user has to pass through.
    chmodSync(home, 0o711);
    writeFileSync(path.join(home, 'sluice.config.yaml'), JSON.stringify(plan.config ?? UNLIMITED));
    const redis = await startRedis({ directory: path.join(home, 'redis') });
    const postgres = await startPostgres({ directory: path.join(home, 'postgres') });
    const fleet = new Fleet(home, redis, postgres, plan);
    try {
      await fleet.startAll();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  url(index = 0): string {
    return `http://127.0.0.1:${this.apis[index]?.port}`;
  }

  async startWorker(): Promise<void> {
    this.workers.push(await this.startOne('worker', { METRICS_PORT: '0', WORKER_ROLES: 'generate' }));
  }

  /** SIGKILL, which counts as no crash. */
  async kill(victim: LocalProcess): Promise<void> {
    this.ended.add(victim.pid);
    await victim.kill();
  }

  /** The process of a worker by the id that it told; null while it has told none. */
  async workerCalled(id: string, redis: Redis): Promise<LocalProcess | null> {
    const told = await redis.get(keys.worker(id));
    if (told === null) return null;
    const { pid } = workerPresence.parse(JSON.parse(told));
    return this.workers.find((worker) => worker.pid === pid) ?? null;
  }

  /** A connection for looking at what is in Redis; the caller closes it. */
  look(): Redis {
    return new Redis(this.redis.url, { maxRetriesPerRequest: null });
  }

  /** What PostgreSQL answers; null while it cannot. */
  async query(sql: string, values: readonly unknown[] = []): Promise<unknown[] | null> {
    const client = new pg.Client({
      connectionString: this.postgres.url('sluice'),
      connectionTimeoutMillis: 1_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    } catch {
      return null;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** The tables may not be there yet. */
  async createKey(tier: string, name: string): Promise<string> {
    const json = { name, tier, tenant: name };
    const ask = () => call(`${this.url()}/admin/keys`, { json });
    const made = await until(async () => createdKey.safeParse((await ask()).body).data ?? null, {
      withinMs: KEY_WITHIN_MS,
    });
    if (made === null) throw new LaunchError(`No API key of the tier ${tier} was made.`);
    return made.key;
  }

  /** Ends everything at once, frozen or not, and leaves nothing behind: what is measured has been measured. */
  async stop(): Promise<void> {
    await this.redis.thaw();
    for (const each of this.started) this.ended.add(each.pid);
    await Promise.all(this.started.map((each) => each.kill()));
    await Promise.all([this.redis.kill(), this.postgres.stop()]);
    rmSync(this.home, { recursive: true, force: true });
  }

  private async startAll(): Promise<void> {
    await this.postgres.createDatabase('sluice');
    await this.startOne('worker', { METRICS_PORT: '0', WORKER_ROLES: 'tell' });
    for (let count = 0; count < (this.plan.apis ?? 1); count += 1)
      this.apis.push(await this.startOne('api', { PORT: '0' }));
    for (let count = 0; count < (this.plan.workers ?? 1); count += 1) await this.startWorker();
  }

  private async startOne(app: 'api' | 'worker', env: Environment): Promise<LocalProcess> {
    this.plan.signal.throwIfAborted();
    const name = `${app}-${this.started.length}`;
    const started = await startProcess({
      name,
      script: path.join(root, 'apps', app, 'src/main.js'),
      inheritOutput: false,
      logFile: path.join(this.home, `${name}.log`),
      env: {
        PATH: process.env['PATH'],
        REDIS_URL: this.redis.url,
        DATABASE_URL: this.postgres.url('sluice'),
        SLUICE_CONFIG: path.join(this.home, 'sluice.config.yaml'),
        FILES_DIR: path.join(this.home, 'files'),
        ...this.plan.env,
        ...env,
      },
      signal: this.plan.signal,
    });
    this.started.push(started);
    void started.exited.then(() => {
      if (!this.ended.has(started.pid)) this.crashed.push(name);
    });
    return started;
  }
}
