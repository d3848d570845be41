import type { Redis } from 'ioredis';
import type { ScalingReport } from '#common/contracts/scaling.js';
import type { Logger } from '#common/observability/logger.js';
import { keys } from '#common/redis/keys.js';
import { Absence } from './absence.js';
import { entriesMax, judgeNews } from './news.policy.js';

/** The only code that writes the stream of decisions. What it could not write is left out: the next decision says what is so. */
export class DecisionLog {
  private readonly last = new Map<string, ScalingReport>();
  private readonly redisAbsence: Absence;

  /** `redis` is a fail-fast connection. */
  constructor(
    private readonly redis: Redis,
    logger: Logger,
  ) {
    this.redisAbsence = new Absence(logger, {
      away: 'a decision could not be recorded in Redis',
      back: 'decisions are recorded again',
    });
  }

  /** Never rejects, and takes no longer than Redis may be silent. Of one pool, one at a time. */
  async append(report: ScalingReport): Promise<void> {
    const { isTold, isNews } = judgeNews(this.last.get(report.pool) ?? null, report);
    if (!isTold) return;
    const text = JSON.stringify(report);
    const fields = {
      pool: report.pool,
      action: report.decision.action,
      news: isNews ? '1' : '0',
      report: text,
    };
    try {
      const flat = Object.entries(fields).flat();
      await this.redis.xadd(keys.scalerDecisions, 'MAXLEN', '~', entriesMax(text.length), '*', ...flat);
      this.last.set(report.pool, report);
      this.redisAbsence.noteBack();
    } catch (error) {
      this.redisAbsence.noteAway(error);
    }
  }
}
