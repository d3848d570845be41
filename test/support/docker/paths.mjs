import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** Outside the repository, so that base image and engine are made once per machine. */
export const CACHE = process.env.SLUICE_TEST_CACHE ?? '/var/cache/sluice-test';

export function cached(...names) {
  mkdirSync(CACHE, { recursive: true });
  return path.join(CACHE, ...names);
}
