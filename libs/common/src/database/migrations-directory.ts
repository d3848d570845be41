import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BootError } from '#common/errors/boot-error.js';

/**
 * Where `prisma/migrations` is, seen from the sources as well as from dist/.
 * @throws BootError when it was not shipped.
 */
export function migrationsDirectory(): string {
  for (let place = path.dirname(fileURLToPath(import.meta.url)); ; place = path.dirname(place)) {
    const directory = path.join(place, 'prisma', 'migrations');
    if (existsSync(directory)) return directory;
    if (place === path.dirname(place)) break;
  }
  throw new BootError('The folder prisma/migrations is missing: it must be shipped beside dist/.');
}
