import type { Logger } from '#common/observability/logger.js';
import type { FileStore } from './file-store.js';
import type { FilesLedger } from './files.ledger.js';

const EVERY_MS = 30_000;
const ROUND_FILES = 100;
const SWEEP_EVERY_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;

export interface ExpiredFilesParts {
  readonly store: FileStore;
  /** Null without PostgreSQL. */
  readonly ledger: FilesLedger | null;
  readonly retentionMs: number;
  /** Removes what ended batches may have left behind. */
  readonly sweepParts: () => Promise<number>;
  readonly logger: Logger;
}

/**
 * Removes deleted and expired files: bytes first, then rows, so that whoever dies in between leaves a row that is found again.
 * Every API process does it; twice does no harm.
 */
export class ExpiredFiles {
  private timer: NodeJS.Timeout | undefined;
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: ExpiredFilesParts) {}

  start(): void {
    this.timer = setInterval(() => void this.round(), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Answers how many files were removed. */
  async round(): Promise<number> {
    const { ledger, store, logger } = this.parts;
    try {
      const ids = (await ledger?.removable(ROUND_FILES)) ?? [];
      for (const id of ids) {
        await store.remove(id);
        await ledger?.forget(id);
      }
      if (performance.now() - this.sweptAt > SWEEP_EVERY_MS) await this.sweep();
      return ids.length;
    } catch (error) {
      logger.debug({ err: error }, 'expired files were not removed; trying again');
      return 0;
    }
  }

  /** What a crash left without a row. A batch may read its input for a day longer than files are kept. */
  private async sweep(): Promise<void> {
    const { store, retentionMs, sweepParts } = this.parts;
    this.sweptAt = performance.now();
    await store.sweep(retentionMs + 3 * DAY_MS);
    await sweepParts();
  }
}
