import path from 'node:path';
import pg from 'pg';
import { freePort, isPortFree } from './free-port.js';
import { LaunchError } from './launch-error.js';
import { findPostgres, standIn } from './postgres-binaries.js';
import { type Cluster, openCluster } from './postgres-cluster.js';
import { type PostgresRun, STOP, runPostgres } from './postgres-process.js';
import type { EndingStep } from './pids.js';
import type { ServerProcess } from './server-process.js';

const KILL = [{ signal: 'SIGKILL', waitMs: 5_000 }] as const;
const PORT_TRIES_MAX = 3;
/** duplicate_database, and the unique_violation that two sessions get when they are at it in the same moment. */
const MADE_MEANWHILE = new Set(['42P04', '23505']);

export interface PostgresOptions {
  readonly directory: string;
  readonly port?: number;
  /** May lose what was committed in a power cut, not in a crash of the process: for tests. */
  readonly fast?: boolean;
  readonly onNotice?: (line: string) => void;
  /** The server ended although nobody asked it to. */
  readonly onDeath?: () => void;
}

/** A PostgreSQL of our own on 127.0.0.1. After `kill` or `stop`, `restart` brings it back on the same port with the same data. */
export interface PostgresServer {
  readonly port: number;
  url(database?: string): string;
  /** Does nothing when there is a database of this name. */
  createDatabase(name: string, template?: string): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

class LocalPostgres implements PostgresServer {
  private current: ServerProcess | null = null;

  constructor(
    private readonly run: PostgresRun,
    private readonly password: string,
    private readonly onDeath: () => void,
  ) {}

  get port(): number {
    return this.run.port;
  }

  url(database = 'postgres'): string {
    return `postgresql://postgres:${this.password}@127.0.0.1:${this.run.port}/${encodeURIComponent(database)}`;
  }

  async createDatabase(name: string, template = 'template1'): Promise<void> {
    const client = new pg.Client({ connectionString: this.url() });
    await client.connect();
    try {
      const found = await client.query('select 1 from pg_database where datname = $1', [name]);
      if (found.rowCount !== 0) return;
      await client.query(
        `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`,
      );
    } catch (error) {
      const wasSecond = error instanceof pg.DatabaseError && MADE_MEANWHILE.has(error.code ?? '');
      if (!wasSecond) throw error;
    } finally {
      await client.end();
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    const server = await runPostgres(this.run);
    this.current = server;
    void server.exited.then(() => {
      if (this.current === server) this.onDeath();
    });
  }

  stop(): Promise<void> {
    return this.end(STOP);
  }

  kill(): Promise<void> {
    return this.end(KILL);
  }

  private async end(steps: readonly EndingStep[]): Promise<void> {
    const server = this.current;
    this.current = null;
    await server?.end(steps);
  }
}

async function startOn(port: number, cluster: Cluster, options: PostgresOptions): Promise<PostgresServer> {
  const run: PostgresRun = {
    binaries: findPostgres(),
    directory: path.dirname(cluster.data),
    data: cluster.data,
    port,
    user: await standIn(),
    fast: options.fast ?? false,
  };
  const server = new LocalPostgres(run, cluster.password, options.onDeath ?? (() => undefined));
  await server.restart();
  return server;
}

/** Starts a PostgreSQL on a directory's data, making a new cluster where there is none. Throws a LaunchError where that is not possible. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const cluster = await openCluster(findPostgres(), path.resolve(options.directory), options.onNotice);
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort());
    try {
      return await startOn(port, cluster, options);
    } catch (error) {
      const wasTooLate =
        error instanceof LaunchError && options.port === undefined && !(await isPortFree(port));
      if (!wasTooLate || tries === PORT_TRIES_MAX) throw error;
    }
  }
}
