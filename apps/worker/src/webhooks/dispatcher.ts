import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { EventStream } from '../telling/event-stream.js';
import type { EventTidier } from '../telling/event-tidier.js';
import { readEvent } from '../telling/read-event.js';
import type { DispatchWebhooks } from './dispatch-webhooks.js';

const BLOCK_MS = 1_000;
const LOOK_EVERY_MS = 2_000;
const TROUBLE_MS = 500;
const STOP_MS_MAX = 3_000;

export interface DispatcherParts {
  readonly stream: EventStream;
  readonly tidier: EventTidier;
  readonly dispatch: Pick<DispatchWebhooks, 'execute'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/**
 * Puts the webhooks of every settlement into the queue, at least once. A settlement is acknowledged only after all its deliveries
 * are in the queue and in the log. The recorder sets aside what cannot be read; here it is passed over.
 */
export class Dispatcher {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private trouble: string | null = null;

  constructor(private readonly parts: DispatcherParts) {}

  start(): void {
    this.running = Promise.all([this.dispatchUntilStopped(), this.lookUntilStopped()]);
  }

  /** Finishes the batch in hand, within 3 s. What it has not acknowledged is taken over by another. */
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

  private async dispatchUntilStopped(): Promise<void> {
    await this.parts.stream.open().catch(() => undefined);
    while (!this.isStopping) await this.round();
  }

  private async round(): Promise<void> {
    const { stream, dispatch } = this.parts;
    try {
      const entries = await stream.next(BLOCK_MS);
      if (entries.length === 0) return;
      await dispatch.execute(
        entries.map(readEvent).flatMap((read) => (read.kind === 'read' ? [read.event] : [])),
      );
      await stream.done(entries.map(({ id }) => id));
      this.note(null);
    } catch (error) {
      this.note(error instanceof Error ? error.message : String(error));
      await this.idle(TROUBLE_MS);
    }
  }

  private async lookUntilStopped(): Promise<void> {
    const lag = this.parts.metrics.gauge('sluice_webhook_dispatch_lag_entries');
    while (!this.isStopping) {
      const tidied = await this.parts.tidier.tidy().catch(() => null);
      lag.set(tidied?.owed[this.parts.stream.group] ?? Number.NaN);
      await this.idle(LOOK_EVERY_MS);
    }
  }

  private async idle(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private note(trouble: string | null): void {
    const { logger } = this.parts;
    if (trouble !== null && this.trouble === null && !this.isStopping)
      logger.warn({ because: trouble }, 'Webhooks cannot be dispatched; they wait in the event stream');
    if (trouble === null && this.trouble !== null) logger.info('Webhooks are dispatched again');
    this.trouble = trouble;
  }
}
