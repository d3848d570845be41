import { setMaxListeners } from 'node:events';
import type { ConfigFile } from '#common/config/config-file.js';
import type { Logger } from '#common/observability/logger.js';
import { tierOf } from '../admission/admission-terms.policy.js';
import type { FileStore } from '../files/file-store.js';
import type { BatchesLedger, StoredBatch } from './batches.ledger.js';
import type { DoneLines } from './done-lines.js';
import type { Feed } from './feed.js';
import { Flights } from './flights.js';
import { type InputLine, readRequests } from './read-requests.js';
import type { RunLine } from './run-line.js';
import { linesInFlightMax } from './window.policy.js';

/** `left`: the lease is lost or this process stops; whoever comes next goes on. */
export type FeedEnd = 'done' | 'expired' | 'cancelled' | 'left';

export interface FeedLinesParts {
  readonly files: FileStore;
  readonly ledger: BatchesLedger;
  readonly runLine: RunLine;
  readonly tiers: ConfigFile['tiers'];
  readonly logger: Logger;
}

export interface Feeding {
  readonly batch: StoredBatch;
  readonly feed: Feed;
  readonly done: DoneLines;
  /** When the window ends, by `performance.now()`. */
  readonly until: number;
}

const PROGRESS_EVERY_MS = 1_000;
/** A job's deadline may pass a moment before the window that it was made from. */
const EARLY_MS = 2_000;

/** Runs the lines of a batch that are not finished, a few at a time, and keeps each result before it counts. */
export class FeedLines {
  constructor(private readonly parts: FeedLinesParts) {}

  /** Throws what the medium of the files throws. */
  async execute(feeding: Feeding): Promise<FeedEnd> {
    const { feed, done, until } = feeding;
    const over = new AbortController();
    // Each line in flight listens.
    setMaxListeners(0, over.signal);
    const stop = (): void => {
      over.abort();
    };
    for (const signal of [feed.signal, feed.cancel]) {
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    }
    const window = setTimeout(stop, Math.max(0, until - performance.now()));
    const progress = this.tellProgress(feeding);
    try {
      const isOpen = !over.signal.aborted && performance.now() < until;
      if (!done.isWhole && isOpen) await this.run(feeding, over);
    } finally {
      clearTimeout(window);
      clearInterval(progress);
      for (const signal of [feed.signal, feed.cancel]) signal.removeEventListener('abort', stop);
    }
    if (feed.signal.aborted) return 'left';
    if (done.isWhole) return 'done';
    if (feed.cancel.aborted) return 'cancelled';
    if (performance.now() >= until - EARLY_MS) return 'expired';
    throw new Error('lines of a batch ended without a result');
  }

  private async run({ batch, feed, done, until }: Feeding, over: AbortController): Promise<void> {
    const input = await this.parts.files.read(batch.inputFileId);
    if (input === null) throw new Error('the input of a batch is missing');
    const tier = tierOf(this.parts.tiers, batch.caller);
    const limit = (): number => linesInFlightMax(tier, feed.tenantBatches());
    const flights = new Flights();
    const failures: unknown[] = [];
    const fail = (error: unknown): void => {
      failures.push(error);
      over.abort();
    };
    try {
      for await (const line of readRequests(input, batch.endpoint)) {
        if (done.has(line.index)) continue;
        await flights.room(limit);
        if (over.signal.aborted) break;
        flights.add(this.one(line, { batch, feed, done, until }, over.signal).catch(fail));
      }
    } catch (error) {
      fail(error);
    }
    await flights.idle();
    if (failures.length > 0) throw failures[0];
  }

  private async one(line: InputLine, { batch, feed, done, until }: Feeding, signal: AbortSignal) {
    if (line.kind === 'problem') throw new Error('the input of a batch has changed');
    const { request, index } = line;
    const ref = { batchId: batch.id, endpoint: batch.endpoint, index, customId: request.customId };
    const { caller } = batch;
    const result = await this.parts.runLine.execute({ line: ref, request, caller, until, signal });
    if (result !== null && feed.lease.isHeld) await done.add([result]);
  }

  /** PostgreSQL may be away: the next one tells it. */
  private tellProgress({ batch, done }: Feeding): NodeJS.Timeout {
    let told = -1;
    return setInterval(() => {
      const { completed, failed } = done.total;
      if (told === completed + failed) return;
      this.parts.ledger.progress(batch.id, { completed, failed }).then(
        () => (told = completed + failed),
        (error: unknown) => {
          this.parts.logger.debug({ batch_id: batch.id, err: error }, 'the progress of a batch was not told');
        },
      );
    }, PROGRESS_EVERY_MS);
  }
}
