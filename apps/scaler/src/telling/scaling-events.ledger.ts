import type { PrismaClient } from '#common/database/prisma.js';
import type { ScalingEventEntry } from './scaling-event.parser.js';

/** The rows of `scaling_events`: one for each decision that changed a number of workers, however often it is told. */
export class ScalingEventsLedger {
  constructor(private readonly prisma: PrismaClient) {}

  /** All or none of them, in one statement; decisions that have a row already keep it. Answers how many are new. */
  async record(entries: readonly ScalingEventEntry[]): Promise<number> {
    if (entries.length === 0) return 0;
    const column = <T>(of: (entry: ScalingEventEntry) => T): T[] => entries.map(of);
    return this.prisma.$executeRaw`
      INSERT INTO scaling_events (
        event_type, old_instances, new_instances, trigger_metrics, "timestamp", pool, policy, mode, epoch, reasons,
        decision_id
      )
      SELECT
        event_type::scaling_event_type, old_instances, new_instances, trigger_metrics::jsonb, to_timestamp(at_ms / 1000),
        pool, policy, mode, epoch, reasons::jsonb, decision_id
      FROM unnest(
        ${column(({ report: { decision } }) => (decision.desired > decision.current ? 'scale_up' : 'scale_down'))}::text[],
        ${column(({ report }) => report.decision.current)}::int4[],
        ${column(({ report }) => report.decision.desired)}::int4[],
        ${column(({ metrics }) => (metrics === null ? null : JSON.stringify(metrics)))}::text[],
        ${column(({ report }) => report.at_ms)}::float8[],
        ${column(({ report }) => report.pool)}::text[],
        ${column(({ report }) => report.decision.policy)}::text[],
        ${column(({ report }) => report.mode)}::text[],
        ${column(({ report }) => report.epoch)}::int8[],
        ${column(({ report }) => JSON.stringify(report.decision.reasons))}::text[],
        ${column(({ id }) => id)}::text[]
      ) AS told (
        event_type, old_instances, new_instances, trigger_metrics, at_ms, pool, policy, mode, epoch, reasons, decision_id
      )
      ON CONFLICT (decision_id) DO NOTHING`;
  }
}
