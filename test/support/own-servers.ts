import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PostgresServer, startPostgres } from '../../scripts/local/postgres.js';
import { type RedisServer, startRedis } from '../../scripts/local/redis.js';

export interface OwnServers {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  end(): Promise<void>;
}

/** Redis and PostgreSQL for one test file alone, which may stop, kill and empty them. */
export async function startOwnServers(): Promise<OwnServers> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-own-'));
  // As root, PostgreSQL runs as a user of its own, who must get through to its data.
  chmodSync(directory, 0o711);
  const postgres = await startPostgres({ directory: path.join(directory, 'postgres'), fast: true });
  const redis = await startRedis({ directory: path.join(directory, 'redis'), appendonly: false });
  return {
    redis,
    postgres,
    end: async () => {
      await Promise.all([redis.stop(), postgres.stop()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
