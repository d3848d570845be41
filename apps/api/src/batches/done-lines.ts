import type { Metrics } from '#common/observability/metrics.js';
import type { BatchParts } from './batch-parts.js';
import type { Counts } from './batches.ledger.js';
import { LineSet } from './line-set.js';
import { PART_KINDS, type PartWriter } from './part-writer.js';
import type { ResultLine } from './result-line.js';

export type LineResult = 'completed' | 'failed' | 'unfinished';

/** What is finished of a batch: on the disk, whoever finished it, and counted here. */
export class DoneLines {
  private readonly counts = { output: 0, errors: 0 };

  private constructor(
    private readonly lines: LineSet,
    private readonly writer: PartWriter,
    private readonly metrics: Metrics,
  ) {}

  /** Reads what all feeders before have finished. */
  static async read(
    batch: { readonly id: string; readonly linesTotal: number },
    parts: { readonly parts: BatchParts; readonly writer: PartWriter; readonly metrics: Metrics },
  ): Promise<DoneLines> {
    const done = new DoneLines(new LineSet(batch.linesTotal), parts.writer, parts.metrics);
    for (const kind of PART_KINDS) {
      for await (const { index } of parts.parts.read(batch.id, kind)) {
        if (done.lines.add(index)) done.counts[kind]++;
      }
    }
    return done;
  }

  get total(): Counts {
    return { completed: this.counts.output, failed: this.counts.errors };
  }

  get isWhole(): boolean {
    return this.lines.count === this.lines.size;
  }

  has(index: number): boolean {
    return this.lines.has(index);
  }

  /** Throws what the medium throws; then they are not finished. */
  async add(results: readonly ResultLine[], as?: LineResult): Promise<void> {
    for (const kind of PART_KINDS) {
      const lines = results.filter((result) => result.kind === kind);
      if (lines.length === 0) continue;
      await this.writer.append(kind, lines);
      for (const { index } of lines) if (this.lines.add(index)) this.counts[kind]++;
      const result = as ?? (kind === 'output' ? 'completed' : 'failed');
      this.metrics.counter('sluice_batch_lines_total').inc({ result }, lines.length);
    }
  }
}
