import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { BootError } from '#common/errors/boot-error.js';

/** The advisory lock that Prisma's own engine takes. */
const LOCK = 72707369;
const LOCK_WAIT_MS_MAX = 60_000;
const CONNECT_MS_MAX = 5_000;
const MIGRATION_MS_MAX = 10 * 60_000;

/** insufficient_privilege */
const MAY_NOT = '42501';

const HISTORY = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface HistoryRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/**
 * Applies the migrations of a directory as `prisma migrate deploy` does, and records them as Prisma does. Processes that
 * start at once take turns. Answers the names of those it applied; `onEdited` hears of files changed after they were applied.
 * @throws BootError when a migration fails, now or earlier, or this user may not apply it; what the connection throws when
 * PostgreSQL is away.
 */
export async function migrateDeploy(
  url: string,
  directory: string,
  onEdited: (name: string) => void = () => undefined,
): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: MIGRATION_MS_MAX,
    keepAlive: true,
  });
  // A connection that breaks between two queries is noticed by the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await takeLock(client);
    await makeHistory(client);
    return await applyMissing(client, await readMigrations(directory), onEdited);
  } finally {
    // The lock goes with the session.
    await client.end();
  }
}

async function takeLock(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = ${LOCK_WAIT_MS_MAX}`);
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  await client.query('SET lock_timeout = 0');
}

/** Asked first, because IF NOT EXISTS wants the right to make tables also where the table is there. */
async function makeHistory(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ is_there: boolean }>(
    `SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS is_there`,
  );
  if (rows[0]?.is_there !== true) await client.query(HISTORY);
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(path.join(directory, name, 'migration.sql'));
      const checksum = createHash('sha256').update(bytes).digest('hex');
      return { name, sql: bytes.toString('utf8'), checksum };
    }),
  );
}

async function applyMissing(
  client: pg.Client,
  migrations: readonly Migration[],
  onEdited: (name: string) => void,
): Promise<string[]> {
  const { rows } = await client.query<HistoryRow>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  const failed = rows.find(({ finished_at }) => finished_at === null);
  if (failed !== undefined) throw new BootError(blockedSentence(failed.migration_name));
  const known = new Map(rows.map(({ migration_name, checksum }) => [migration_name, checksum]));
  const applied: string[] = [];
  for (const migration of migrations) {
    const checksum = known.get(migration.name);
    if (checksum === undefined) {
      await apply(client, migration);
      applied.push(migration.name);
    } else if (checksum !== migration.checksum) onEdited(migration.name);
  }
  return applied;
}

/** A file and its record are one transaction: a process that dies in between leaves nothing, and the next one begins anew. */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  try {
    await client.query('BEGIN');
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)',
      [id, checksum, name],
    );
    await client.query(sql);
    await client.query(
      'UPDATE "_prisma_migrations" SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
      [id],
    );
    await client.query('COMMIT');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query('ROLLBACK');
    // Nothing is wrong with the migration: whoever may apply it finds nothing in the way.
    if (error.code === MAY_NOT) throw new BootError(forbiddenSentence(name, error.message), { cause: error });
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)',
      [id, checksum, name, `${error.code ?? ''} ${error.message}`.trim()],
    );
    throw new BootError(`Migration ${name} failed and changed nothing: ${error.message}.`, { cause: error });
  }
}

function forbiddenSentence(name: string, because: string): string {
  return (
    `Migration ${name} is not applied yet, and the user of DATABASE_URL may not do that (${because}): ` +
    'run npm run db:deploy, or the Job of components/migrate, with a user who may.'
  );
}

function blockedSentence(name: string): string {
  return (
    `Migration ${name} failed earlier and blocks the later ones: repair what its "logs" in _prisma_migrations say, then run ` +
    `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${name}' AND finished_at IS NULL.`
  );
}
