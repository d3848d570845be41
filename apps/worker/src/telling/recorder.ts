import { setTimeout as pause } from 'node:timers/promises';
import { type DataRefusal, dataRefusal } from '#common/database/sql-state.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { NameOf } from '#common/observability/metrics-catalogue.js';
import { keys } from '#common/redis/keys.js';
import type { EventStream, StreamEntry } from './event-stream.js';
import type { EventTidier, TidiedStream } from './event-tidier.js';
import { PatientPostgres } from './patient-postgres.js';
import type { ReadEntry } from './read-event.js';

export const RECORDER_GROUP = 'recorder';
/** The dispatcher's, which tells receivers. */
export const WEBHOOKS_GROUP = 'webhooks';
/** Both groups read every settlement: none is trimmed before both have it. Dashboards look once a second, and belong to no group. */
export const TIDIED_EVENTS = {
  stream: keys.events,
  groups: [RECORDER_GROUP, WEBHOOKS_GROUP],
  keptMs: 10_000,
} as const satisfies TidiedStream;

const BLOCK_MS = 1_000;
const TIDY_EVERY_MS = 2_000;
const REDIS_PAUSE_MS = 500;
const STOP_MS_MAX = 3_000;

/** How many became rows now, and how many were there already. */
export interface Recorded {
  readonly written: number;
  readonly duplicates: number;
}

/** What a recorder says of itself, and where. */
export interface RecorderNames {
  readonly lag: NameOf<'gauge'>;
  readonly rows: NameOf<'counter'>;
  /** What waits while PostgreSQL is away, and where. */
  readonly waiting: string;
}

const SETTLEMENTS: RecorderNames = {
  lag: 'sluice_recorder_lag_entries',
  rows: 'sluice_recorder_rows_total',
  waiting: 'settlements wait in the event stream',
};

export interface RecorderParts<Told> {
  readonly stream: EventStream;
  readonly read: (entry: StreamEntry) => ReadEntry<Told>;
  readonly tidier: EventTidier;
  /** Takes all of them or none. */
  readonly ledger: { record(told: readonly Told[]): Promise<Recorded> };
  /** Makes sure that the tables exist; repeated until it succeeds. */
  readonly prepare: () => Promise<unknown>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly tidyEveryMs?: number;
  /** Those of settlements, when not said. */
  readonly names?: RecorderNames;
}

type Readable<Told> = Extract<ReadEntry<Told>, { kind: 'read' }>;

/**
 * Brings every entry of a stream into PostgreSQL: at least once out of the stream, and the ledger makes one row of it.
 * An entry is acknowledged only after its row is there or it was set aside, so nothing is lost while either store is away.
 */
export class Recorder<Told> {
  private readonly stopping = new AbortController();
  private readonly postgres: PatientPostgres;
  private readonly names: RecorderNames;
  private running: Promise<unknown> = Promise.resolve();
  private redisTrouble: string | null = null;

  constructor(private readonly parts: RecorderParts<Told>) {
    this.names = parts.names ?? SETTLEMENTS;
    this.postgres = new PatientPostgres(parts.logger, this.stopping.signal, this.names.waiting);
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
    const readable: Readable<Told>[] = [];
    for (const read of entries.map(this.parts.read)) {
      if (read.kind === 'read') readable.push(read);
      else await this.setAside(read.entry, 'unreadable', read.because);
    }
    return readable.length === 0 || (await this.write(readable));
  }

  /** Halves a batch that PostgreSQL refuses until the refused entries stand alone. False when stopped before it answered. */
  private async write(batch: readonly Readable<Told>[]): Promise<boolean> {
    const answer = await this.postgres.until(() => this.ask(batch.map(({ event }) => event)));
    if (answer === null) return false;
    if ('written' in answer) {
      const rows = this.parts.metrics.counter(this.names.rows);
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

  private async ask(events: readonly Told[]): Promise<Recorded | DataRefusal> {
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
    this.parts.metrics.counter(this.names.rows).inc({ result: 'rejected' });
    const about = { entry: entry.id, job_id: entry.fields['job_id'], because };
    this.parts.logger.warn(about, 'An entry cannot be recorded; it was set aside');
  }

  private async tidyUntilStopped(): Promise<void> {
    const lag = this.parts.metrics.gauge(this.names.lag);
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
