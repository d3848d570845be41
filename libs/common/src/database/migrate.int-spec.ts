import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type OwnServers, startOwnServers } from '../../../../test/support/own-servers.js';
import { migrateDeploy } from './migrate.js';
import { migrationsDirectory } from './migrations-directory.js';

let servers: OwnServers;
let directory: string;
let url: string;
let databases = 0;

beforeAll(async () => {
  servers = await startOwnServers();
});
afterAll(() => servers.end());

beforeEach(async () => {
  const name = `migrations_${String(++databases)}`;
  await servers.postgres.createDatabase(name);
  url = servers.postgres.url(name);
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-migrations-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function write(name: string, sql: string): Promise<void> {
  await mkdir(path.join(directory, name), { recursive: true });
  await writeFile(path.join(directory, name, 'migration.sql'), sql);
}

/** A user who may read and write rows and change no schema, by the commands that docs/production.md has; answers its URL. */
async function recordingUser(): Promise<string> {
  const page = await readFile('docs/production.md', 'utf8');
  const commands = /```sql\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
  expect(commands).toContain('ALTER DEFAULT PRIVILEGES FOR ROLE sluice_owner');
  const name = `recording_${String(databases)}`;
  // Until PostgreSQL 14 everybody may make tables.
  await query(`CREATE ROLE ${name} LOGIN PASSWORD 'recording'; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
  await query(commands.replace(/\bsluice_owner\b/g, 'postgres').replace(/\bTO sluice\b/g, `TO ${name}`));
  return Object.assign(new URL(url), { username: name, password: 'recording' }).href;
}

const history = () =>
  query<{ migration_name: string; finished: boolean; steps: number; logs: string | null }>(
    `SELECT migration_name, finished_at IS NOT NULL AS finished, applied_steps_count AS steps, logs
     FROM _prisma_migrations ORDER BY migration_name, started_at`,
  );
const tables = async () =>
  (
    await query<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    )
  )
    .map(({ name }) => name)
    .sort();

describe('migrations', () => {
  it('are applied once when three processes start at once, and not again', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateDeploy(url, migrationsDirectory())));
    expect(applied.flat()).toEqual([
      expect.stringMatching(/_main_job$/),
      expect.stringMatching(/_keys_and_audit$/),
      expect.stringMatching(/_backends$/),
      expect.stringMatching(/_scaler$/),
      expect.stringMatching(/_telling$/),
    ]);
    expect(await migrateDeploy(url, migrationsDirectory())).toEqual([]);
    expect(await tables()).toEqual([
      '_prisma_migrations',
      'admin_audit',
      'api_keys',
      'backends',
      'batches',
      'files',
      'forecast_models',
      'request_metrics',
      'routes',
      'scaling_events',
      'webhook_attempts',
      'webhook_deliveries',
      'webhook_endpoints',
      'webhook_secrets',
      'work_history',
    ]);
  });

  it('are applied in order and recorded as Prisma records them', async () => {
    await write('2_second', 'ALTER TABLE one ADD COLUMN b int; CREATE INDEX one_b ON one (b);');
    await write('1_first', 'CREATE TABLE one (a int);');
    expect(await migrateDeploy(url, directory)).toEqual(['1_first', '2_second']);
    expect(await history()).toEqual([
      { migration_name: '1_first', finished: true, steps: 1, logs: null },
      { migration_name: '2_second', finished: true, steps: 1, logs: null },
    ]);
  });

  it('leave nothing when they fail, are recorded with the reason, and block until somebody resolves it', async () => {
    await write('1_broken', 'CREATE TABLE half (a int); SELECT nonsense;');
    await expect(migrateDeploy(url, directory)).rejects.toThrow(
      'Migration 1_broken failed and changed nothing',
    );
    expect(await tables()).toEqual(['_prisma_migrations']);
    const [record] = await history();
    expect(record).toMatchObject({ migration_name: '1_broken', finished: false, steps: 0 });
    expect(record?.logs).toContain('column "nonsense" does not exist');

    await write('1_broken', 'CREATE TABLE half (a int);');
    await expect(migrateDeploy(url, directory)).rejects.toThrow('failed earlier and blocks the later ones');
    expect(await tables()).toEqual(['_prisma_migrations']);

    await query(
      `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '1_broken' AND finished_at IS NULL`,
    );
    expect(await migrateDeploy(url, directory)).toEqual(['1_broken']);
  });

  it('leave nothing that blocks when the process dies in the middle', async () => {
    await write('1_slow', 'CREATE TABLE slow (a int); SELECT pg_terminate_backend(pg_backend_pid());');
    await expect(migrateDeploy(url, directory)).rejects.toThrow();
    await write('1_slow', 'CREATE TABLE slow (a int);');
    expect(await migrateDeploy(url, directory)).toEqual(['1_slow']);
  });

  it('are nothing to do for a user who may change no schema, once another has applied them', async () => {
    const recording = await recordingUser();
    const { length } = await migrateDeploy(url, migrationsDirectory());
    expect(length).toBeGreaterThan(0);
    expect(await migrateDeploy(recording, migrationsDirectory())).toEqual([]);
    const rights = await query<{ name: string; may: boolean }>(
      `SELECT relname AS name, CASE relkind
         WHEN 'S' THEN has_sequence_privilege('${new URL(recording).username}', oid, 'USAGE')
         ELSE has_table_privilege('${new URL(recording).username}', oid, 'SELECT')
          AND has_table_privilege('${new URL(recording).username}', oid, 'INSERT')
          AND has_table_privilege('${new URL(recording).username}', oid, 'UPDATE')
          AND has_table_privilege('${new URL(recording).username}', oid, 'DELETE') END AS may
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')`,
    );
    expect(rights.length).toBeGreaterThan(15);
    expect(rights.filter(({ may }) => !may)).toEqual([]);
  });

  it('are left to another by a user who may change no schema, and nothing is in that one’s way', async () => {
    const recording = await recordingUser();
    await expect(migrateDeploy(recording, directory)).rejects.toThrow('permission denied for schema public');
    await write('1_first', 'CREATE TABLE one (a int);');
    await migrateDeploy(url, directory);
    await write('2_second', 'ALTER TABLE one ADD COLUMN b int;');
    await expect(migrateDeploy(recording, directory)).rejects.toThrow('2_second is not applied yet');
    await write('3_third', 'CREATE TABLE three (a int);');
    expect(await migrateDeploy(url, directory)).toEqual(['2_second', '3_third']);
    expect(await history()).toHaveLength(3);
  });

  it('report a file that was edited after it was applied, and go on', async () => {
    await write('1_first', 'CREATE TABLE one (a int);');
    await migrateDeploy(url, directory);
    await write('1_first', 'CREATE TABLE one (a text);');
    await write('2_second', 'CREATE TABLE two (a int);');
    const edited: string[] = [];
    expect(await migrateDeploy(url, directory, (name) => edited.push(name))).toEqual(['2_second']);
    expect(edited).toEqual(['1_first']);
  });
});
