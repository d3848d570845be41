import type { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { REPORT_FRESH_MS } from '#common/contracts/scaling-explanation.js';
import { type ScalingReport, scalingReport } from '#common/contracts/scaling.js';
import { readRedisTime } from '#common/redis/redis-time.js';
import { keys } from '#common/redis/keys.js';

const reportText = jsonOf(scalingReport);

export interface KnownReport {
  readonly report: ScalingReport;
  /** When it was read, by Redis's clock: Unix milliseconds. */
  readonly readMs: number;
  readonly isStale: boolean;
}

/** What the scaler last decided, for whoever asks. */
export class ScalingReports {
  constructor(private readonly redis: Redis) {}

  /** Null when there is none that this release can read. */
  async of(pool: string): Promise<KnownReport | null> {
    const [text, readMs] = await Promise.all([
      this.redis.get(keys.scalerReport(pool)),
      readRedisTime(this.redis),
    ]);
    const { data: report } = reportText.safeParse(text);
    if (report === undefined) return null;
    return { report, readMs, isStale: readMs - report.at_ms > REPORT_FRESH_MS };
  }
}
