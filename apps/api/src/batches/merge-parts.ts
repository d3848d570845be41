import { mintFileId } from '#common/contracts/ids.js';
import type { FileSink, FileStore } from '../files/file-store.js';
import type { StoredFile } from '../files/files.ledger.js';
import type { BatchParts } from './batch-parts.js';
import type { Counts, StoredBatch } from './batches.ledger.js';
import { LineSet } from './line-set.js';
import { type PartKind } from './part-writer.js';

export interface Merged {
  readonly counts: Counts;
  /** Null when it has no line. */
  readonly output: StoredFile | null;
  readonly errors: StoredFile | null;
}

const NAMES: Readonly<Record<PartKind, string>> = { output: 'output', errors: 'error' };
const NEWLINE = Buffer.from('\n');

/**
 * Makes one file of the parts of all feeders, each line once: where a line has an answer and an error, the answer counts.
 * Each merge makes new files, which are nobody's until the batch's row names them.
 */
export class MergeParts {
  constructor(
    private readonly files: FileStore,
    private readonly parts: BatchParts,
    /** How long the files are kept, in milliseconds. */
    private readonly retentionMs: number,
  ) {}

  /** Throws what the medium of the files throws, and when `signal` fires; then it has left nothing. */
  async execute(batch: StoredBatch, signal: AbortSignal): Promise<Merged> {
    const lines = new LineSet(batch.linesTotal);
    const output = await this.merge(batch, 'output', { lines, signal });
    const completed = lines.count;
    try {
      const errors = await this.merge(batch, 'errors', { lines, signal });
      return { counts: { completed, failed: lines.count - completed }, output, errors };
    } catch (error) {
      await this.remove({ output, errors: null });
      throw error;
    }
  }

  async remove({ output, errors }: Pick<Merged, 'output' | 'errors'>): Promise<void> {
    for (const file of [output, errors]) if (file !== null) await this.files.remove(file.id);
  }

  private async merge(
    { id: batchId, tenant }: StoredBatch,
    kind: PartKind,
    { lines, signal }: { lines: LineSet; signal: AbortSignal },
  ): Promise<StoredFile | null> {
    const id = mintFileId();
    let sink: FileSink | null = null;
    try {
      for await (const { index, text } of this.parts.read(batchId, kind)) {
        signal.throwIfAborted();
        if (!lines.add(index)) continue;
        sink ??= await this.files.create(id);
        await sink.write(text);
        await sink.write(NEWLINE);
      }
      if (sink === null) return null;
      await sink.keep();
    } catch (error) {
      await sink?.discard();
      throw error;
    }
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + this.retentionMs);
    const filename = `${batchId}_${NAMES[kind]}.jsonl`;
    return { id, tenant, purpose: 'batch_output', filename, bytes: sink.bytes, createdAt, expiresAt };
  }
}
