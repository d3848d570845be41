import type { Redis } from 'ioredis';
import { dataRefusal } from '#common/database/sql-state.js';
import type { Logger } from '#common/observability/logger.js';
import { keys } from '#common/redis/keys.js';
import { Absence } from './absence.js';
import { Repeater } from './repeater.js';
import { readDecision, type ScalingEventEntry } from './scaling-event.parser.js';
import type { ScalingEventsLedger } from './scaling-events.ledger.js';

const BATCH_MAX = 100;
const EVERY_MS = 2_000;

export interface DecisionCopyParts {
  /** A fail-fast connection. */
  readonly redis: Redis;
  readonly ledger: ScalingEventsLedger;
  /** Whether this scaler is the one that acts: the others leave the rows to it. */
  readonly isLeader: () => boolean;
  readonly logger: Logger;
  readonly everyMs?: number;
}

/**
 * Brings decisions from their stream into PostgreSQL, each once. PostgreSQL may be away for as long as the stream holds them;
 * how far it got is kept in Redis, so that another scaler goes on there. A copy told twice is no second row.
 */
export class DecisionCopy {
  private readonly repeater: Repeater;
  private readonly absence: Absence;

  constructor(private readonly parts: DecisionCopyParts) {
    this.repeater = new Repeater((stopping) => this.turn(stopping), parts.everyMs ?? EVERY_MS);
    this.absence = new Absence(parts.logger, {
      away: 'decisions of the scaler wait in their stream: they could not be copied to PostgreSQL',
      back: 'decisions of the scaler are copied to PostgreSQL again',
    });
  }

  start(): void {
    this.repeater.start();
  }

  async stop(): Promise<void> {
    await this.repeater.stop();
  }

  private async turn(stopping: AbortSignal): Promise<void> {
    try {
      let dealtWith = BATCH_MAX;
      while (dealtWith === BATCH_MAX && this.parts.isLeader() && !stopping.aborted)
        dealtWith = await this.copyBatch();
      this.absence.noteBack();
    } catch (error) {
      this.absence.noteAway(error);
    }
  }

  /** Answers how many entries it has dealt with. */
  private async copyBatch(): Promise<number> {
    const { redis } = this.parts;
    const copied = (await redis.get(keys.scalerDecisionsCopied)) ?? '0-0';
    const entries = await redis.xrange(keys.scalerDecisions, `(${copied}`, '+', 'COUNT', BATCH_MAX);
    const last = entries.at(-1);
    if (last === undefined) return 0;
    await this.record(this.eventsOf(entries));
    await redis.set(keys.scalerDecisionsCopied, last[0]);
    return entries.length;
  }

  private eventsOf(entries: readonly [string, string[]][]): ScalingEventEntry[] {
    return entries.flatMap(([id, flat]) => {
      const read = readDecision(id, flat);
      if (read.kind === 'unreadable')
        this.parts.logger.warn({ decision_id: id }, 'an unreadable decision was passed over');
      return read.kind === 'event' ? [read.event] : [];
    });
  }

  private async record(events: readonly ScalingEventEntry[]): Promise<void> {
    try {
      await this.parts.ledger.record(events);
    } catch (error) {
      const refusal = dataRefusal(error);
      if (refusal === null) throw error;
      const [only] = events;
      if (events.length > 1) for (const event of events) await this.record([event]);
      else if (only !== undefined)
        this.parts.logger.error(
          { decision_id: only.id, sql_state: refusal.sqlState },
          'PostgreSQL refused a decision as invalid: it was passed over and stays in the stream',
        );
    }
  }
}
