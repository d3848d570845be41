import type { StreamEntry } from '#common/contracts/job-stream.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { JobRef } from '#common/settlement/settlement.js';
import type { Piece } from '../backends/backend.js';
import type { StreamLedger } from './stream.ledger.js';

/** From the start of one write to the start of the next. */
const GAP_MS = 20;
/** A run that goes on for so long that it has this many entries is told once a second. */
const ENTRIES_QUICK_MAX = 10_000;
const GAP_MS_LATER = 1_000;

/** One run of a streamed job: who answers it. */
export interface StreamedRun {
  readonly job: JobRef;
  /** Grows with every attempt and every delivery of the job (contracts/job-stream.ts). */
  readonly run: number;
  readonly backend: string;
  readonly model: string;
}

export interface StreamWriterParts {
  readonly ledger: Pick<StreamLedger, 'append'>;
  readonly metrics: Metrics;
  /** Called once, when the job is settled or another worker has begun it: no token of this run is wanted any more. */
  readonly onClosed: () => void;
}

/**
 * Tells the tokens of one run as they come: the first text at once, later ones together, with at most one write to Redis
 * in 20 ms and one at a time. What Redis does not take now is kept and written later, in its order and once.
 */
export class StreamWriter {
  private waiting: Piece[] = [];
  private seq = 0;
  private nextAt = 0;
  private isClosed = false;
  private hasText = false;
  private telling: Promise<void> | null = null;
  private hurry: () => void = () => undefined;
  private trouble: Error | null = null;

  constructor(
    private readonly run: StreamedRun,
    private readonly parts: StreamWriterParts,
  ) {}

  /** Whether anything was said: then the run is what its callers have seen, and another attempt would be another answer. */
  get hasSent(): boolean {
    return this.seq > 0 || this.waiting.length > 0;
  }

  piece(piece: Piece): void {
    if (this.isClosed) return;
    this.waiting.push(piece);
    this.hasText ||= piece.text !== '';
    if (this.hasText) this.hurry();
    this.telling ??= this.tell();
  }

  /**
   * Resolves when all is told, or nobody wants it any more.
   * @throws What Redis threw when it refused an entry for good.
   */
  async end(): Promise<void> {
    await this.telling;
    if (this.trouble !== null) throw this.trouble;
  }

  private async tell(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        await this.due();
        await this.write();
      }
    } catch (error) {
      this.trouble = error instanceof Error ? error : new Error(String(error));
      this.close();
    } finally {
      this.telling = null;
    }
  }

  /** What comes in one turn of the event loop is written together. */
  private async due(): Promise<void> {
    if (this.seq === 0) await this.firstText();
    const waitMs = this.nextAt - performance.now();
    await new Promise<void>((resolve) => {
      if (waitMs > 0) setTimeout(resolve, waitMs);
      else setImmediate(resolve);
    });
  }

  /** A stream may begin with pieces that say nothing yet: written by themselves, they would delay the first text. */
  private async firstText(): Promise<void> {
    if (this.hasText) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GAP_MS);
      this.hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async write(): Promise<void> {
    const { run, parts } = this;
    const entry = this.entryOf(this.waiting);
    this.waiting = [];
    this.seq += 1;
    this.nextAt = performance.now() + (this.seq < ENTRIES_QUICK_MAX ? GAP_MS : GAP_MS_LATER);
    parts.metrics.counter('sluice_stream_writes_total').inc();
    const appended = await parts.ledger.append(run.job.id, { run: run.run, seq: this.seq }, entry);
    if (appended === 'appended') return;
    this.close();
    parts.onClosed();
  }

  private entryOf(pieces: readonly Piece[]): StreamEntry {
    const chunks = pieces.flatMap(({ chunk }) => (chunk === undefined ? [] : [chunk]));
    const { backend, model } = this.run;
    return {
      text: pieces.map(({ text }) => text).join(''),
      ...(chunks.length === 0 ? {} : { chunks }),
      ...(this.seq === 0 ? { backend, model } : {}),
    };
  }

  private close(): void {
    this.isClosed = true;
    this.waiting = [];
  }
}
