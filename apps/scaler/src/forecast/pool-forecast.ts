import type { PoolReading } from '../policy/scaling.js';
import { backtest } from './backtest.policy.js';
import type { ForecastModelsLedger } from './forecast-models.ledger.js';
import { forecastFrom, stepsAhead } from './forecast.policy.js';
import { chosenFor, isBacktestDue, type Tested } from './tested.policy.js';
import type { WorkCounters } from './work-counters.js';
import type { WorkHistoryLedger } from './work-history.ledger.js';
import {
  BUCKET_MS,
  BUCKETS_A_WEEK,
  bucketOf,
  seriesOf,
  type WorkBucket,
  type WorkSeries,
} from './work-series.policy.js';

/** Four weeks for the models that look back furthest, and the week that a backtest forecasts again. */
const REMEMBERED_MS = 5 * BUCKETS_A_WEEK * BUCKET_MS;
/** Until the scaler has said how long its workers take to start. */
const LEAD_S = 30;

export interface PoolForecastParts {
  readonly pool: string;
  readonly counters: WorkCounters;
  readonly history: WorkHistoryLedger;
  readonly models: ForecastModelsLedger;
}

/** What is known of the work of one pool, and which model forecasts it. */
export class PoolForecast {
  private buckets: readonly WorkBucket[] = [];
  private series: WorkSeries | null = null;
  private tested: Tested | null = null;
  private hasAsked = false;
  private leadS = LEAD_S;

  constructor(private readonly parts: PoolForecastParts) {}

  /** Out of memory: it asks nobody. */
  at(leadS: number, nowMs: number): PoolReading['forecast'] {
    this.leadS = leadS;
    if (this.series === null) return null;
    return forecastFrom(this.series, chosenFor(this.tested, stepsAhead(leadS)), { nowMs, leadS });
  }

  /** Notes what was worked; a Redis that is away is heard of, PostgreSQL is not needed. */
  async note(nowMs: number): Promise<void> {
    await this.parts.counters.note(nowMs);
  }

  /** Keeps in PostgreSQL what is noted, reads what it does not know yet, and tests the models when that is due. */
  async learn(nowMs: number): Promise<void> {
    const { pool, counters, history } = this.parts;
    const noted = await counters.noted();
    await history.record(pool, noted);
    await counters.forget(noted);
    await this.read(nowMs);
    await this.test(nowMs);
  }

  private async read(nowMs: number): Promise<void> {
    const newestMs = this.buckets.at(-1)?.at_ms;
    if (newestMs !== undefined && bucketOf(newestMs) >= bucketOf(nowMs) - 1) return;
    const oldestMs = nowMs - REMEMBERED_MS;
    const sinceMs = newestMs === undefined ? oldestMs : newestMs + BUCKET_MS;
    const found = await this.parts.history.since(this.parts.pool, sinceMs);
    if (found.length === 0) return;
    this.buckets = [...this.buckets.filter(({ at_ms }) => at_ms >= oldestMs), ...found];
    this.series = seriesOf(this.buckets);
  }

  private async test(nowMs: number): Promise<void> {
    const { pool, models } = this.parts;
    if (!this.hasAsked) this.tested = await models.last(pool);
    this.hasAsked = true;
    const steps = stepsAhead(this.leadS);
    if (this.series === null || !isBacktestDue(this.tested, steps, nowMs)) return;
    const findings = backtest(this.series.loads, steps);
    const chosen = findings.find(({ is_chosen }) => is_chosen);
    this.tested = chosen === undefined ? null : { chosen, steps, tested_ms: nowMs };
    if (this.tested !== null) await models.record(pool, findings, this.tested);
  }
}
