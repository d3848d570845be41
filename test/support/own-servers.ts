import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres.js';
import { type RedisServer, startRedis } from '../../scripts/local/redis.js';

export interface OwnRedis {
  readonly redis: RedisServer;
  end(): Promise<void>;
}

export interface OwnServers extends OwnRedis {
  readonly postgres: PostgresServer;
}

function ownDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-own-'));
  // As root, PostgreSQL runs as a user of its own, who must get through to its data.
  chmodSync(directory, 0o711);
  return directory;
}

/** A Redis for one test file alone, which may stop, kill and empty it. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const directory = ownDirectory();
  const redis = await startRedis({ directory: path.join(directory, 'redis'), appendonly: false });
  return {
    redis,
    end: async () => {
      await redis.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Redis and PostgreSQL for one test file alone. */
export async function startOwnServers(): Promise<OwnServers> {
  const directory = ownDirectory();
  const postgres = await startPostgres({ directory: path.join(directory, 'postgres'), fast: true });
  const { redis, end } = await startOwnRedis();
  return {
    redis,
    postgres,
    end: async () => {
      await Promise.all([end(), postgres.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
