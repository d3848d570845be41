import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '#scripts/local/postgres.js';
import { type LocalProcess, startProcess } from '#scripts/local/process.js';
import { startRedis } from '#scripts/local/redis.js';
import { Generator } from './load/generator.js';
import type { Mode } from './load/runs.js';

/** The directory of what was compiled. */
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const WORKER_SLOTS = 50;
const GRACE_MS = 35_000;

/** Limits that a backlog of accepted jobs does not reach: refusals are not what is measured. */
const CONFIG = `
pools: { default: { models: ['*'], queued_max: 100000000 } }
tiers: { anonymous: {} }
`;

/** Both contestants on one Redis: Sluice with every process it has in production, and the floor. */
export class Stand {
  redisUrl = '';
  private readonly endings: (() => Promise<void>)[] = [];
  private readonly generators = new Map<Mode, Generator>();
  private readonly home = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));

  constructor(private readonly signal: AbortSignal) {
    // PostgreSQL's own user has to pass through.
    chmodSync(this.home, 0o711);
    this.endings.push(async () => rmSync(this.home, { recursive: true, force: true }));
  }

  /** What was started before a rejection is still there for `stop`. */
  async start(): Promise<void> {
    const redis = await startRedis({ directory: path.join(this.home, 'redis') });
    this.endings.push(() => redis.stop());
    this.redisUrl = redis.url;
    const postgres = await startPostgres({ directory: path.join(this.home, 'postgres') });
    this.endings.push(() => postgres.stop());
    await postgres.createDatabase('sluice');

    const database = { DATABASE_URL: postgres.url('sluice') };
    const slots = String(WORKER_SLOTS);
    await this.sluice('tell', 'worker', { ...database, WORKER_ROLES: 'tell', METRICS_PORT: '0' });
    const generate = { WORKER_ROLES: 'generate', METRICS_PORT: '0', WORKER_SLOTS: slots };
    await this.sluice('generate', 'worker', { ...database, ...generate });
    const api = await this.sluice('api', 'api', { ...database, PORT: '0' });

    await this.generator('bench/floor/floor-worker.js', [redis.url, slots]);
    const http = await this.generator('bench/load/http-load.js', [String(api.port)]);
    this.generators.set('floor', await this.generator('bench/floor/floor-load.js', [redis.url]));
    this.generators.set('sync', http).set('async', http);
  }

  generatorOf(mode: Mode): Generator {
    const generator = this.generators.get(mode);
    if (generator === undefined) throw new Error(`nothing generates load for ${mode} yet`);
    return generator;
  }

  /** The last started ends first. */
  async stop(): Promise<void> {
    for (const end of this.endings.splice(0).reverse()) await end();
  }

  /** Logs go to a file at the default level, as they would go to a collector. */
  private async sluice(name: string, app: string, environment: NodeJS.ProcessEnv): Promise<LocalProcess> {
    const configFile = path.join(this.home, 'sluice.config.yaml');
    writeFileSync(configFile, CONFIG);
    const common = { PATH: process.env['PATH'], REDIS_URL: this.redisUrl, SLUICE_CONFIG: configFile };
    const started = await startProcess({
      name,
      script: path.join(root, 'apps', app, 'src/main.js'),
      env: { ...common, ...environment },
      inheritOutput: false,
      logFile: path.join(this.home, `${name}.log`),
      signal: this.signal,
    });
    this.endings.push(() => started.stop(GRACE_MS));
    return started;
  }

  private async generator(script: string, args: readonly string[]): Promise<Generator> {
    this.signal.throwIfAborted();
    const generator = await Generator.start(path.join(root, script), args);
    this.endings.push(() => generator.stop());
    // Its end is the end of the run that waits for it.
    this.signal.addEventListener('abort', () => void generator.stop(), { once: true });
    return generator;
  }
}
