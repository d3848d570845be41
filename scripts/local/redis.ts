import path from 'node:path';
import { findRedis } from './find-redis.js';
import { freePort, isPortFree } from './free-port.js';
import { LaunchError } from './launch-error.js';
import { awaitRedis } from './redis-answers.js';
import type { RedisRunner, RedisSettings, RunningRedis } from './redis-runner.js';

const PATIENCE = { answerMs: 15_000, loadingMs: 60_000 } as const;
const PORT_TRIES_MAX = 3;

export interface RedisOptions {
  readonly directory: string;
  readonly port?: number;
  readonly appendonly?: boolean;
  readonly onNotice?: (line: string) => void;
  /** The server ended although nobody asked it to. */
  readonly onDeath?: () => void;
}

/** A Redis of our own on 127.0.0.1. After `kill` or `stop`, `restart` brings it back on the same port with the same data. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number | null;
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  restart(): Promise<void>;
}

class LocalRedis implements RedisServer {
  private current: RunningRedis | null = null;

  constructor(
    private readonly runner: RedisRunner,
    private readonly settings: RedisSettings,
    private readonly onDeath: () => void,
  ) {}

  get port(): number {
    return this.settings.port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.settings.port}`;
  }

  get pid(): number | null {
    return this.current?.pid ?? null;
  }

  async restart(): Promise<void> {
    await this.stop();
    const redis = await this.runner(this.settings);
    const answer = await awaitRedis(this.url, { ...PATIENCE, isRunning: () => redis.isRunning() });
    const isOurs = answer.kind === 'ready' && (redis.pid === null || answer.pid === redis.pid);
    if (!isOurs) {
      const log = await redis.logSoFar();
      await redis.kill();
      const last = log.trim().split('\n').at(-1) || 'its log is empty';
      throw new LaunchError(`Redis did not become ready on port ${this.port}: ${last}`);
    }
    this.current = redis;
    void redis.ended.then(() => {
      if (this.current === redis) this.onDeath();
    });
  }

  stop(): Promise<void> {
    return this.end((redis) => redis.stop());
  }

  kill(): Promise<void> {
    return this.end((redis) => redis.kill());
  }

  async freeze(): Promise<void> {
    await this.current?.freeze();
  }

  async thaw(): Promise<void> {
    await this.current?.thaw();
  }

  private async end(how: (redis: RunningRedis) => Promise<void>): Promise<void> {
    const redis = this.current;
    this.current = null;
    if (redis !== null) await how(redis);
  }
}

/** Starts a Redis that keeps what it acknowledged: append-only file, no eviction. Throws a LaunchError where that is not possible. */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const runner = await findRedis(options.onNotice ?? (() => undefined));
  for (let tries = 1; ; tries += 1) {
    const settings = {
      directory: path.resolve(options.directory),
      port: options.port ?? (await freePort()),
      appendonly: options.appendonly ?? true,
    };
    const server = new LocalRedis(runner, settings, options.onDeath ?? (() => undefined));
    try {
      await server.restart();
      return server;
    } catch (error) {
      const wasTooLate = options.port === undefined && !(await isPortFree(settings.port));
      if (!wasTooLate || tries === PORT_TRIES_MAX) throw error;
    }
  }
}
