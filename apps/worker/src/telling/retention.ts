import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { RETAINED_TABLES, type RetainedTable, type RetentionLedger } from './retention.ledger.js';
import type { Turn } from './turn.js';

const DAY_MS = 24 * 3_600_000;
/** Webhook deliveries and their attempts, dead ones too. */
const WEBHOOKS_MS = 30 * DAY_MS;
const ROWS_AT_ONCE = 1_000;
/** Between two deletes PostgreSQL is left to others for so long. */
const PAUSE_MS = 200;
const LOOK_EVERY_MS = 60_000;

export interface RetentionParts {
  /** A fail-fast connection: its clock is the one by which rows are old. */
  readonly redis: Redis;
  readonly turn: Turn;
  readonly ledger: Pick<RetentionLedger, 'deleteOlder'>;
  /** How long rows other than those of webhooks are kept, in milliseconds. */
  readonly keptMs: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly lookEveryMs?: number;
  readonly rowsAtOnce?: number;
}

/**
 * Deletes rows whose time has passed: once an hour, by one worker of the fleet. In small statements with pauses between them, beside
 * the recorder and never before it; what trouble leaves undone, the next turn does.
 */
export class Retention {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isTroubled = false;

  constructor(private readonly parts: RetentionParts) {
    for (const table of RETAINED_TABLES) this.count(table, 0);
  }

  start(): void {
    this.running = this.untilStopped();
  }

  /** Waits for the delete in hand, which PostgreSQL ends after 10 s. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async untilStopped(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.look();
      await this.idle(this.parts.lookEveryMs ?? LOOK_EVERY_MS);
    }
  }

  private async look(): Promise<void> {
    const { turn, redis, logger } = this.parts;
    try {
      if (!(await turn.hold())) return;
      const nowMs = await readRedisTime(redis);
      for (const table of RETAINED_TABLES) {
        if (!(await this.clear(table, new Date(nowMs - this.keptMs(table))))) return;
      }
      await turn.finish();
      this.isTroubled = false;
    } catch (error) {
      logger[this.isTroubled ? 'debug' : 'warn']({ err: error }, 'old rows are deleted later');
      this.isTroubled = true;
    }
  }

  /** False when stopped, or when the turn was lost, before all were gone. */
  private async clear(table: RetainedTable, before: Date): Promise<boolean> {
    const { turn, ledger, rowsAtOnce = ROWS_AT_ONCE } = this.parts;
    for (;;) {
      const deleted = await ledger.deleteOlder(table, before, rowsAtOnce);
      this.count(table, deleted);
      if (deleted < rowsAtOnce) return true;
      await this.idle(PAUSE_MS);
      if (this.stopping.signal.aborted || !(await turn.hold())) return false;
    }
  }

  private keptMs(table: RetainedTable): number {
    return table.startsWith('webhook_') ? WEBHOOKS_MS : this.parts.keptMs;
  }

  private count(table: RetainedTable, rows: number): void {
    this.parts.metrics.counter('sluice_retention_rows_total').inc({ table }, rows);
  }

  private async idle(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}
