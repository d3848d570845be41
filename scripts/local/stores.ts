import path from 'node:path';
import pg from 'pg';
import { LaunchError, messageOf } from './launch-error.js';
import { OwnStore, type Store } from './own-store.js';
import { startPostgres } from './postgres.js';
import type { Progress } from './progress.js';
import { askRedis } from './redis-answers.js';
import { startRedis } from './redis.js';
import { maskUrl } from '#common/config/mask.js';

const REACHABLE_WITHIN_MS = 5_000;
const DATABASE = 'sluice';

const nothingToDo = (): Promise<void> => Promise.resolve();
const foreign = (name: string, url: string): Store => ({
  name,
  url,
  directory: null,
  stop: nothingToDo,
  kill: nothingToDo,
});

async function foreignRedis(url: string): Promise<Store> {
  const answer = await askRedis(url, REACHABLE_WITHIN_MS);
  if (answer.kind !== 'silent') return foreign('Redis', url);
  throw new LaunchError(`REDIS_URL (${maskUrl(url)}) does not answer: ${answer.because}`);
}

async function foreignPostgres(url: string): Promise<Store> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: REACHABLE_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return foreign('PostgreSQL', url);
  } catch (error) {
    throw new LaunchError(`DATABASE_URL (${maskUrl(url)}) does not answer: ${messageOf(error)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ownRedis(home: string, progress: Progress): Promise<Store> {
  const store = new OwnStore('Redis', path.join(home, 'redis'), (line) => progress.say(line));
  const redis = await startRedis(store.options);
  return store.with(redis, redis.url);
}

async function ownPostgres(home: string, progress: Progress): Promise<Store> {
  const store = new OwnStore('PostgreSQL', path.join(home, 'postgres'), (line) => progress.say(line));
  const postgres = await startPostgres(store.options);
  store.with(postgres, postgres.url(DATABASE));
  try {
    await postgres.createDatabase(DATABASE);
    return store;
  } catch (error) {
    await store.stop();
    throw error;
  }
}

export const openRedis = (url: string | null, home: string, progress: Progress): Promise<Store> =>
  url === null ? ownRedis(home, progress) : foreignRedis(url);

export const openPostgres = (url: string | null, home: string, progress: Progress): Promise<Store> =>
  url === null ? ownPostgres(home, progress) : foreignPostgres(url);
