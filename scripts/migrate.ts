// Brings the database up to date: `npm run db:deploy`.
import process from 'node:process';
import { checkDatabase } from '#common/database/check-database.js';
import { migrateDeploy } from '#common/database/migrate.js';
import { migrationsDirectory } from '#common/database/migrations-directory.js';
import { BootError } from '#common/errors/boot-error.js';

const WAIT_MS_MAX = 10_000;

async function deploy(): Promise<string[]> {
  const url = process.env['DATABASE_URL'];
  if (url === undefined || url === '')
    throw new BootError('DATABASE_URL is not set: say where PostgreSQL is.');
  await checkDatabase(url, WAIT_MS_MAX);
  return migrateDeploy(url, migrationsDirectory(), (name) => {
    console.error(`Migration ${name} was edited after it was applied; the database keeps what was applied.`);
  });
}

try {
  const applied = await deploy();
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
} catch (error) {
  if (!(error instanceof BootError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
