import { setTimeout as pause } from 'node:timers/promises';
import type { SettledEvent } from '#common/contracts/settled-event.js';
import { type DataRefusal, dataRefusal } from '#common/database/sql-state.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { EventStream, StreamEntry } from './event-stream.js';
import type { EventTidier } from './event-tidier.js';
import { PatientPostgres } from './patient-postgres.js';
import { readEvent, type ReadEvent } from './read-event.js';
import type { Recorded, RequestMetricsLedger } from './request-metrics.ledger.js';

export const RECORDER_GROUP = 'recorder';
/** The dispatcher's, which tells receivers. */
export const WEBHOOKS_GROUP = 'webhooks';
/** Both read every settlement: none is trimmed before both have it. */
export const EVENT_GROUPS = [RECORDER_GROUP, WEBHOOKS_GROUP] as const;

const BLOCK_MS = 1_000;
const TIDY_EVERY_MS = 2_000;
const REDIS_PAUSE_MS = 500;
const STOP_MS_MAX = 3_000;

export interface RecorderParts {
  readonly stream: EventStream;
  readonly tidier: EventTidier;
  readonly ledger: Pick<RequestMetricsLedger, 'record'>;
  /** Makes sure that the tables exist; repeated until it succeeds. */
  readonly prepare: () => Promise<unknown>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tidyEveryMs?: number;
}

type Readable = Extract<ReadEvent, { kind: 'read' }>;

/**
 * Brings every settlement from the stream into PostgreSQL: at least once out of the stream, at most one row for a job.
 * An entry is acknowledged only after its row is there or it was set aside, so nothing is lost while either store is away.
 */
export class Recorder {
  private readonly stopping = new AbortController();
  private readonly postgres: PatientPostgres;
  private running: Promise<unknown> = Promise.resolve();
  private redisTrouble: string | null = null;

  constructor(private readonly parts: RecorderParts) {
    this.postgres = new PatientPostgres(parts.logger, this.stopping.signal);
  }

  start(): void {
    this.running = Promise.all([this.recordUntilStopped(), this.tidyUntilStopped()]);
  }

  /** Finishes the batch in hand and what waits in the stream, within 3 s; what PostgreSQL does not take stays in the stream. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const finished = new AbortController();
    const tooLate = pause(STOP_MS_MAX, undefined, { signal: finished.signal }).catch(() => undefined);
    await Promise.race([this.running, tooLate]);
    finished.abort();
    this.parts.stream.close();
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async recordUntilStopped(): Promise<void> {
    // The group first: its lag is known also while PostgreSQL is away. `next` makes up for a failure.
    await this.parts.stream.open().catch(() => undefined);
    if ((await this.postgres.until(async () => ({ prepared: await this.parts.prepare() }))) === null) return;
    while (!this.isStopping) await this.round(BLOCK_MS);
    while ((await this.round(0)) === 'recorded');
  }

  private async round(blockMs: number): Promise<'recorded' | 'idle' | 'trouble'> {
    try {
      const entries = await this.parts.stream.next(blockMs);
      this.noteRedis(null);
      if (entries.length === 0) return 'idle';
      return (await this.record(entries)) ? 'recorded' : 'trouble';
    } catch (error) {
      this.noteRedis(error instanceof Error ? error.message : String(error));
      if (!this.isStopping) await this.idle(REDIS_PAUSE_MS);
      return 'trouble';
    }
  }

  private async record(entries: readonly StreamEntry[]): Promise<boolean> {
    const readable: Readable[] = [];
    for (const read of entries.map(readEvent)) {
      if (read.kind === 'read') readable.push(read);
      else await this.setAside(read.entry, 'unreadable', read.because);
    }
    return readable.length === 0 || (await this.write(readable));
  }

  /** Halves a batch that PostgreSQL refuses until the refused entries stand alone. False when stopped before it answered. */
  private async write(batch: readonly Readable[]): Promise<boolean> {
    const answer = await this.postgres.until(() => this.ask(batch.map(({ event }) => event)));
    if (answer === null) return false;
    if ('written' in answer) {
      const rows = this.parts.metrics.counter('sluice_recorder_rows_total');
      rows.inc({ result: 'written' }, answer.written);
      rows.inc({ result: 'duplicate' }, answer.duplicates);
      await this.parts.stream.done(batch.map(({ entry }) => entry.id));
      return true;
    }
    const [only] = batch;
    if (only !== undefined && batch.length === 1) {
      await this.setAside(only.entry, answer.sqlState, `${answer.sqlState}: ${answer.because}`);
      return true;
    }
    const middle = Math.ceil(batch.length / 2);
    return (await this.write(batch.slice(0, middle))) && (await this.write(batch.slice(middle)));
  }

  private async ask(events: readonly SettledEvent[]): Promise<Recorded | DataRefusal> {
    try {
      return await this.parts.ledger.record(events);
    } catch (error) {
      const refusal = dataRefusal(error);
      if (refusal === null) throw error;
      return refusal;
    }
  }

  private async setAside(entry: StreamEntry, because: string, reason: string): Promise<void> {
    await this.parts.stream.setAside(entry, reason);
    this.parts.metrics.counter('sluice_recorder_rows_total').inc({ result: 'rejected' });
    const about = { entry: entry.id, job_id: entry.fields['job_id'], because };
    this.parts.logger.warn(about, 'A settlement cannot be recorded; it was set aside');
  }

  private async tidyUntilStopped(): Promise<void> {
    const lag = this.parts.metrics.gauge('sluice_recorder_lag_entries');
    while (!this.isStopping) {
      const tidied = await this.parts.tidier.tidy().catch(() => null);
      lag.set(tidied?.owed[this.parts.stream.group] ?? Number.NaN);
      await this.idle(this.parts.tidyEveryMs ?? TIDY_EVERY_MS);
    }
  }

  private async idle(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private noteRedis(trouble: string | null): void {
    if (trouble !== null && this.redisTrouble === null && !this.isStopping) {
      this.parts.logger.warn({ because: trouble }, 'The event stream cannot be read');
    }
    if (trouble === null && this.redisTrouble !== null)
      this.parts.logger.info('The event stream can be read again');
    this.redisTrouble = trouble;
  }
}
