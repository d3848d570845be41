import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PostgresServer, startPostgres } from '#scripts/local/postgres.js';
import { startRedis } from '#scripts/local/redis.js';
import { Generator } from './load/generator.js';
import { type Mode, MODES } from './load/runs.js';
import { createKey, fullConfig, startSluice, WORKER_SLOTS } from './sluice-stand.js';

/** The directory of what was compiled. */
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const GRACE_MS = 35_000;

/** All contestants: Sluice and the floor on one Redis, and a reference on another. */
export class Stand {
  redisUrl = '';
  private readonly endings: (() => Promise<void>)[] = [];
  private readonly generators = new Map<Mode, Generator>();
  private readonly home = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));

  constructor(
    private readonly signal: AbortSignal,
    /** Another built checkout; null for none. */
    private readonly against: string | null,
  ) {
    // PostgreSQL's own user has to pass through.
    chmodSync(this.home, 0o711);
    this.endings.push(async () => rmSync(this.home, { recursive: true, force: true }));
  }

  get modes(): Mode[] {
    return MODES.filter((mode) => mode !== 'reference' || this.against !== null);
  }

  /** What was started before a rejection is still there for `stop`. */
  async start(): Promise<void> {
    const postgres = await startPostgres({ directory: path.join(this.home, 'postgres') });
    this.endings.push(() => postgres.stop());
    this.redisUrl = await this.redis('redis');

    const port = await this.sluice('sluice', root, postgres);
    const http = await this.generator('bench/load/http-load.js', [String(port), await createKey(port)]);
    this.generators.set('sync', http).set('async', http);
    await this.generator('bench/floor/floor-worker.js', [this.redisUrl, String(WORKER_SLOTS)]);
    this.generators.set('floor', await this.generator('bench/floor/floor-load.js', [this.redisUrl]));

    if (this.against === null) return;
    const other = await this.sluice('reference', path.join(this.against, 'dist'), postgres);
    this.generators.set('reference', await this.generator('bench/load/http-load.js', [String(other)]));
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

  private async redis(name: string): Promise<string> {
    const redis = await startRedis({ directory: path.join(this.home, name) });
    this.endings.push(() => redis.stop());
    return redis.url;
  }

  /** The port of its API. */
  private async sluice(name: string, compiled: string, postgres: PostgresServer): Promise<number> {
    await postgres.createDatabase(name);
    const isReference = compiled !== root;
    const { api, all } = await startSluice({
      name,
      root: compiled,
      home: this.home,
      redisUrl: isReference ? await this.redis('redis-reference') : this.redisUrl,
      databaseUrl: postgres.url(name),
      configFile: isReference ? null : fullConfig(this.home),
      signal: this.signal,
    });
    for (const each of all) this.endings.push(() => each.stop(GRACE_MS));
    return api.port;
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
