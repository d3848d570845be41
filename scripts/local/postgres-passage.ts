import { closedDirectoryAbove, isRoot, type SystemUser } from './postgres-binaries.js';
import { runTool } from './tools.js';

/** The right to enter and read, kept over the change of user, and nothing more (capabilities(7), setpriv(1)). */
const RIGHTS = [
  '--securebits',
  '+no_setuid_fixup',
  '--inh-caps',
  '+dac_read_search',
  '--ambient-caps',
  '+dac_read_search',
];

/**
 * How root lets PostgreSQL's user pass directories that are closed to strangers, such as root's own home, without opening
 * them: the beginning of a command line. Null where nothing is closed, or where the system has no such means.
 */
export async function passageThrough(places: readonly string[]): Promise<readonly string[] | null> {
  if (!isRoot() || places.every((place) => closedDirectoryAbove(place) === null)) return null;
  const probe = await runTool('setpriv', [...RIGHTS, 'true']);
  return probe.code === 0 ? ['setpriv', ...RIGHTS] : null;
}

/** The same for a command that is to run as `user` at once. */
export const becoming = ({ uid, gid }: SystemUser): readonly string[] => [
  '--reuid',
  String(uid),
  '--regid',
  String(gid),
  '--clear-groups',
];
