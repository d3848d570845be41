import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, opendir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DiskSink } from './disk-sink.js';
import type { FileSink, FileStore } from './file-store.js';

const OURS = /^file-[0-9a-f-]{36}$/;
const TEMPORARY = '.tmp';
const UNFINISHED_MS = 24 * 3_600_000;

/** Files in one directory that all API processes share, each named by its id alone: no caller's text reaches a path. */
export class DiskFiles implements FileStore {
  constructor(private readonly directory: string) {}

  async create(id: string): Promise<FileSink> {
    const final = this.pathOf(id);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    return DiskSink.open(`${final}.${randomBytes(6).toString('hex')}${TEMPORARY}`, final);
  }

  async read(id: string): Promise<Readable | null> {
    const handle = await open(this.pathOf(id), 'r').catch(nullIfMissing);
    return handle === null ? null : createReadStream('', { fd: handle });
  }

  async size(id: string): Promise<number | null> {
    const found = await stat(this.pathOf(id)).catch(nullIfMissing);
    return found === null ? null : found.size;
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  async sweep(ageMs: number): Promise<number> {
    const directory = await opendir(this.directory).catch(nullIfMissing);
    if (directory === null) return 0;
    let removed = 0;
    for await (const { name } of directory) {
      const oldest = name.endsWith(TEMPORARY) ? UNFINISHED_MS : OURS.test(name) ? ageMs : null;
      if (oldest === null) continue;
      const file = path.join(this.directory, name);
      const found = await stat(file).catch(nullIfMissing);
      if (found === null || Date.now() - found.mtimeMs < oldest) continue;
      await rm(file, { force: true });
      removed++;
    }
    return removed;
  }

  private pathOf(id: string): string {
    if (!OURS.test(id)) throw new TypeError('a file is named by an id of ours');
    return path.join(this.directory, id);
  }
}

/** For a file or directory that need not be there. */
export function nullIfMissing(error: unknown): null {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
