import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import type { FileStore } from '../files/file-store.js';
import type { BatchParts } from './batch-parts.js';
import type { BatchEnd, BatchesLedger, StoredBatch } from './batches.ledger.js';
import { DoneLines } from './done-lines.js';
import type { EndLines } from './end-lines.js';
import type { Feed } from './feed.js';
import type { FeedLines } from './feed-lines.js';
import type { MergeParts } from './merge-parts.js';
import type { PartWriter } from './part-writer.js';
import { persistently } from './persistently.js';
import { ofFile, validateInput } from './validate-input.js';

export interface FeedBatchParts {
  readonly redis: Redis;
  readonly ledger: BatchesLedger;
  readonly files: FileStore;
  readonly parts: BatchParts;
  readonly feedLines: FeedLines;
  readonly endLines: EndLines;
  readonly mergeParts: MergeParts;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Brings one batch from where its last feeder left it to its end, one state after the other. */
export class FeedBatch {
  constructor(private readonly parts: FeedBatchParts) {}

  /** Ends early, by returning or throwing, when the lease is lost or the process stops: whoever comes next goes on. */
  async execute(feed: Feed): Promise<void> {
    const { parts } = this.parts;
    const writer = parts.writer(feed.id, feed.lease);
    try {
      while (await this.step(feed, writer));
    } finally {
      await writer.close();
    }
  }

  /** Answers whether there is more to do. */
  private async step(feed: Feed, writer: PartWriter): Promise<boolean> {
    const { ledger, parts } = this.parts;
    const batch = await persistently(feed.signal, () => ledger.find(feed.id));
    switch (batch?.status) {
      case 'validating':
        return this.validate(batch, feed);
      case 'in_progress':
      case 'finalizing':
        return this.answer(batch, feed, writer);
      case 'cancelling':
        return this.endUnfinished(batch, feed, { writer, status: 'cancelled' });
      case 'completed':
      case 'failed':
      case 'expired':
      case 'cancelled':
      case undefined:
        await parts.remove(feed.id);
        return false;
    }
  }

  private async validate(batch: StoredBatch, { id, signal, cancel }: Feed): Promise<boolean> {
    const { ledger, files, logger } = this.parts;
    const input = await files.read(batch.inputFileId);
    const validated =
      input === null
        ? { kind: 'invalid' as const, problems: [ofFile('file_not_found', 'The input file is gone.')] }
        : await validateInput(input, batch.endpoint);
    signal.throwIfAborted();
    if (cancel.aborted) return true;
    if (validated.kind === 'valid') {
      await persistently(signal, () => ledger.begin(id, validated.lines));
      logger.info({ batch_id: id, lines: validated.lines }, 'a batch began');
    } else {
      await persistently(signal, () => ledger.refuse(id, validated.problems));
      logger.info({ batch_id: id, problems: validated.problems.length }, 'a batch was found invalid');
    }
    return true;
  }

  private async answer(batch: StoredBatch, feed: Feed, writer: PartWriter): Promise<boolean> {
    const { redis, ledger, feedLines } = this.parts;
    const done = await DoneLines.read(batch, { ...this.parts, writer });
    const leftMs = batch.expiresAt.getTime() - (await persistently(feed.signal, () => readRedisTime(redis)));
    const until = performance.now() + leftMs;
    switch (await feedLines.execute({ batch, feed, done, until })) {
      case 'left':
        return false;
      case 'cancelled':
        return true;
      case 'expired':
        return this.endUnfinished(batch, feed, { writer, status: 'expired' });
      case 'done':
        if (batch.status === 'finalizing') return this.end(batch, feed, 'completed');
        await persistently(feed.signal, () => ledger.finalize(feed.id));
        return true;
    }
  }

  private async endUnfinished(
    batch: StoredBatch,
    feed: Feed,
    { writer, status }: { writer: PartWriter; status: 'expired' | 'cancelled' },
  ): Promise<boolean> {
    const done = await DoneLines.read(batch, { ...this.parts, writer });
    const code = status === 'expired' ? 'batch_expired' : 'batch_cancelled';
    await this.parts.endLines.execute({ batch, done, code, signal: feed.signal });
    return this.end(batch, feed, status);
  }

  /** Of two who end a batch, one does: the other's files are removed. */
  private async end(batch: StoredBatch, feed: Feed, status: BatchEnd['status']): Promise<boolean> {
    const { ledger, mergeParts, logger } = this.parts;
    const merged = await mergeParts.execute(batch, feed.signal);
    const { completed, failed } = merged.counts;
    if (status === 'completed' && completed + failed < batch.linesTotal) {
      await mergeParts.remove(merged);
      throw new Error('lines of a finished batch are missing');
    }
    // What it throws leaves open whether the row names these files: then they stay, and are swept if it does not.
    const isEnded = await persistently(feed.signal, () => ledger.end(batch.id, { ...merged, status }));
    if (isEnded) logger.info({ batch_id: batch.id, status, completed, failed }, 'a batch ended');
    else await mergeParts.remove(merged);
    return true;
  }
}
