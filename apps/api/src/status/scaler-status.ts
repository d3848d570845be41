import type { Redis } from 'ioredis';
import { summaryOf } from '#common/scaling/explain.policy.js';
import { ScalingReports } from '#common/scaling/scaling-reports.js';

/** What the scaler last decided about each pool. */
export class ScalerStatus {
  private readonly reports: ScalingReports;

  constructor(
    redis: Redis,
    private readonly pools: readonly string[],
  ) {
    this.reports = new ScalingReports(redis);
  }

  /** Null when no scaler has decided about any pool. */
  async read() {
    const known = await Promise.all(this.pools.map((pool) => this.reports.of(pool)));
    const decided = known.flatMap((one) => {
      if (one === null) return [];
      const { pool, at_ms, mode, driver, decision } = one.report;
      const { desired, current, action } = decision;
      const at = new Date(at_ms).toISOString();
      const reason = summaryOf(one.report);
      // The platform does not say which there are.
      const isUnknown = one.report.instances === null;
      const numbers = isUnknown ? { desired: null, current: null } : { desired, current };
      return [{ pool, ...numbers, action, reason, at, mode, driver, is_stale: one.isStale }];
    });
    return decided.length === 0 ? null : decided;
  }
}
