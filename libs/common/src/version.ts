import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** The nearest package.json above this file: the same one from the sources and from dist/. */
function findVersion(directory: string): string {
  try {
    return z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))).version;
  } catch (error) {
    const parent = path.dirname(directory);
    if (parent === directory) throw error;
    return findVersion(parent);
  }
}

export const VERSION = findVersion(import.meta.dirname);
