import { createReadStream } from 'node:fs';
import { opendir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from '../files/disk-files.js';
import { type PartKind, PartWriter } from './part-writer.js';
import { splitLines } from './split-lines.js';

const TAB = 0x09;
const OURS = /^batch_[0-9a-f-]{36}$/;

/** Of a part, one line: its text without its number and newline. */
export interface ReadPartLine {
  readonly index: number;
  readonly text: Buffer;
}

/** What feeders have finished of a batch, each in files of its own, until the results are one file. */
export class BatchParts {
  constructor(private readonly directory: string) {}

  writer(batchId: string, { epoch, holder }: { epoch: number; holder: string }): PartWriter {
    // The count begins anew when Redis has lost it; the holder is never the same.
    return new PartWriter(this.directoryOf(batchId), `${String(epoch).padStart(8, '0')}.${holder}`);
  }

  /** The finished lines of all feeders; a line may come twice. A torn last line is none. */
  async *read(batchId: string, kind: PartKind): AsyncGenerator<ReadPartLine, void> {
    const directory = this.directoryOf(batchId);
    const names = (await readdir(directory).catch(nullIfMissing)) ?? [];
    for (const name of names.filter((each) => each.startsWith(`${kind}.`)).sort()) {
      for await (const { bytes, isWhole } of splitLines(
        createReadStream(path.join(directory, name)),
        Number.POSITIVE_INFINITY,
      )) {
        const at = bytes?.indexOf(TAB) ?? -1;
        if (bytes === null || !isWhole || at < 1) continue;
        yield { index: Number(bytes.toString('latin1', 0, at)), text: bytes.subarray(at + 1) };
      }
    }
  }

  async remove(batchId: string): Promise<void> {
    await rm(this.directoryOf(batchId), { recursive: true, force: true });
  }

  /** Removes the parts of batches that began longer ago than `ageMs`, which must be longer than a batch can last. */
  async sweep(ageMs: number): Promise<number> {
    const directory = await opendir(this.directory).catch(nullIfMissing);
    if (directory === null) return 0;
    let removed = 0;
    for await (const { name } of directory) {
      if (!OURS.test(name)) continue;
      const found = await stat(path.join(this.directory, name)).catch(nullIfMissing);
      if (found === null || Date.now() - found.mtimeMs < ageMs) continue;
      await this.remove(name);
      removed++;
    }
    return removed;
  }

  private directoryOf(batchId: string): string {
    if (!OURS.test(batchId)) throw new TypeError('parts are named by an id of ours');
    return path.join(this.directory, batchId);
  }
}
