import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LaunchError } from './launch-error.js';
import { type PostgresBinaries, isRoot, knownObstacle } from './postgres-binaries.js';
import { passageThrough } from './postgres-passage.js';
import { runTool } from './tools.js';

export interface Cluster {
  readonly data: string;
  readonly password: string;
}

/**
 * Runs in a process of its own: importing the package installs signal handlers that end the importing process before
 * its own graceful shutdown is over.
 */
const INSTALL = `
  const { module, settings } = JSON.parse(process.env.SLUICE_CLUSTER);
  try {
    const { default: EmbeddedPostgres } = await import(module);
    await new EmbeddedPostgres({ ...settings, onLog: () => {}, onError: () => {} }).initialise();
  } catch (error) {
    process.stderr.write(String(error?.message ?? error));
    process.exitCode = 1;
  }
`;

/** One sort order on every system, whatever its locales. */
const LOCALE = [
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--locale=C',
  '--builtin-locale=C.UTF-8',
] as const;

function passwordIn(directory: string, isNew: boolean): string {
  const file = path.join(directory, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (!isNew) {
    throw new LaunchError(
      `The password of the database is gone (${file}): restore it, or remove ${directory}.`,
    );
  }
  const password = randomBytes(24).toString('hex');
  writeFileSync(file, password, { mode: 0o600 });
  return password;
}

async function install(binaries: PostgresBinaries, databaseDir: string, password: string): Promise<void> {
  const settings = {
    databaseDir,
    password,
    user: 'postgres',
    authMethod: 'scram-sha-256',
    createPostgresUser: isRoot(),
    initdbFlags: LOCALE,
  };
  const environment = {
    SLUICE_CLUSTER: JSON.stringify({ module: pathToFileURL(binaries.installer).href, settings }),
  };
  const passage = (await passageThrough([binaries.server, databaseDir])) ?? [];
  const [command, ...args] = [...passage, process.execPath, '--input-type=module', '--eval', INSTALL];
  const run = await runTool(command, args, { environment });
  if (run.code === 0) return;
  const obstacle = await knownObstacle(binaries, path.dirname(databaseDir));
  throw obstacle ?? new LaunchError(`PostgreSQL could not make a new database: ${run.stderr.trim()}`);
}

/** The cluster in a directory; makes a new one where there is none. One that was interrupted while being made doesn't count. */
export async function openCluster(
  binaries: PostgresBinaries,
  directory: string,
  onNotice: (line: string) => void = () => undefined,
): Promise<Cluster> {
  const data = path.join(directory, 'data');
  const isNew = !existsSync(data);
  mkdirSync(directory, { recursive: true });
  // The server's own user has to pass through, but not to look around.
  if (isRoot()) chmodSync(directory, 0o711);
  const password = passwordIn(directory, isNew);
  if (isNew) {
    const unfinished = path.join(directory, 'data.new');
    rmSync(unfinished, { recursive: true, force: true });
    onNotice(`Making a new PostgreSQL database in ${directory}.`);
    await install(binaries, unfinished, password);
    renameSync(unfinished, data);
  }
  return { data, password };
}
