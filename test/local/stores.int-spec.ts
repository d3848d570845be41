import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { commandOf, pidIn } from '../../scripts/local/pids.js';
import { startPostgres } from '../../scripts/local/postgres.js';
import { askRedis } from '../../scripts/local/redis-answers.js';
import { startRedis } from '../../scripts/local/redis.js';

interface Stoppable {
  stop(): Promise<void>;
}

const WITHIN_MS = 60_000;
let directory: string;
let started: Stoppable[];

function kept<S extends Stoppable>(server: S): S {
  started.push(server);
  return server;
}

async function ask<T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-stores-'));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  const left = [pidIn(path.join(directory, 'redis.pid')), pidIn(path.join(directory, 'data/postmaster.pid'))];
  const living = left.map((pid) => (pid === null ? null : commandOf(pid)));
  rmSync(directory, { recursive: true, force: true });
  expect(living).toEqual([null, null]);
}, WITHIN_MS);

describe('a Redis of our own', () => {
  it('keeps an append-only file and never evicts', async () => {
    const redis = kept(await startRedis({ directory }));
    const settings = await ask(redis.url, (client) =>
      client.config('GET', 'append*', 'maxmemory-policy', 'save'),
    );
    expect(settings).toEqual(
      expect.arrayContaining(['appendonly', 'yes', 'appendfsync', 'everysec', 'noeviction']),
    );
  });

  it('has every acknowledged write after it was killed', async () => {
    const redis = kept(await startRedis({ directory }));
    await ask(redis.url, async (client) => {
      for (let n = 0; n < 500; n += 1) await client.rpush('acknowledged', n);
    });
    await redis.kill();
    await redis.restart();
    expect(await ask(redis.url, (client) => client.llen('acknowledged'))).toBe(500);
  });

  it('answers nothing while frozen and everything once thawed', async () => {
    const redis = kept(await startRedis({ directory }));
    await redis.freeze();
    expect(await askRedis(redis.url, 300)).toMatchObject({ kind: 'silent' });
    await redis.thaw();
    expect(await askRedis(redis.url)).toEqual({ kind: 'ready', pid: redis.pid });
  });

  it('takes over from the server of a run that was killed, also from a frozen one', async () => {
    const earlier = await startRedis({ directory });
    await ask(earlier.url, (client) => client.set('from', 'earlier'));
    await earlier.freeze();
    const later = kept(await startRedis({ directory }));
    expect(later.pid).not.toBe(earlier.pid);
    expect(earlier.pid === null ? null : commandOf(earlier.pid)).toBeNull();
    expect(await ask(later.url, (client) => client.get('from'))).toBe('earlier');
  });

  it('says who has the port when the port it was given is taken', async () => {
    const redis = kept(await startRedis({ directory }));
    const elsewhere = path.join(directory, 'elsewhere');
    await expect(startRedis({ directory: elsewhere, port: redis.port })).rejects.toThrow(/port/);
  });
});

describe('a PostgreSQL of our own', () => {
  it(
    'has its rows after a stop and after a kill',
    async () => {
      const postgres = kept(await startPostgres({ directory, fast: true }));
      await postgres.createDatabase('sluice');
      await postgres.createDatabase('sluice');
      await query(postgres.url('sluice'), 'create table kept (n int); insert into kept values (1)');
      await postgres.stop();
      await postgres.restart();
      await query(postgres.url('sluice'), 'insert into kept values (2)');
      await postgres.kill();
      await postgres.restart();
      expect(await query(postgres.url('sluice'), 'select n from kept order by n')).toEqual([
        { n: 1 },
        { n: 2 },
      ]);
    },
    WITHIN_MS,
  );

  it(
    'makes a database once, also when asked twice at once, and from a template',
    async () => {
      const postgres = kept(await startPostgres({ directory, fast: true }));
      await Promise.all([postgres.createDatabase('model'), postgres.createDatabase('model')]);
      await query(postgres.url('model'), 'create table copied (n int)');
      await postgres.createDatabase('copy', 'model');
      expect(await query(postgres.url('copy'), 'select * from copied')).toEqual([]);
    },
    WITHIN_MS,
  );

  it(
    'takes over from the server of a run that was killed',
    async () => {
      const earlier = await startPostgres({ directory, fast: true });
      await query(earlier.url(), 'create table kept (n int)');
      const pid = pidIn(path.join(directory, 'data/postmaster.pid'));
      const later = kept(await startPostgres({ directory, fast: true }));
      expect(pid === null ? null : commandOf(pid)).toBeNull();
      expect(await query(later.url(), 'select * from kept')).toEqual([]);
    },
    WITHIN_MS,
  );
});
