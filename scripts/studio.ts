// `npm run studio`: Prisma Studio over DATABASE_URL, or over the PostgreSQL that `npm start` runs now.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The fourth line of PostgreSQL's own pid file is its port. */
function localDatabaseUrl(home: string): string | null {
  try {
    const password = readFileSync(path.join(home, 'postgres', 'password'), 'utf8');
    const port = readFileSync(path.join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[3];
    return port === undefined ? null : `postgresql://postgres:${password}@127.0.0.1:${port}/sluice`;
  } catch {
    return null;
  }
}

const home = process.env['SLUICE_HOME'] ?? '.sluice';
const url = process.env['DATABASE_URL'] ?? localDatabaseUrl(home);
if (url === null) {
  process.stderr.write(`No PostgreSQL runs in ${home}: run npm start first, or set DATABASE_URL.\n`);
  process.exit(1);
}
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
// Studio needs no schema engine, but Prisma insists on having one: Node stands in, so nothing is downloaded.
const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, DATABASE_URL: url };
const studio = spawn(process.execPath, [prisma, 'studio', '--url', url, ...process.argv.slice(2)], {
  env,
  stdio: 'inherit',
});
studio.on('close', (code) => {
  process.exitCode = code ?? 1;
});
