import { z } from 'zod';
import { scalingReport, type ScalingReport } from '#common/contracts/scaling.js';
import type { PoolReading } from '../policy/scaling.js';

/** Numbers of the reading behind a decision, for whoever reads the rows: null is unknown. */
export type TriggerMetrics = Readonly<Record<string, number | null>>;

/** A decision that changed the number of a pool's workers. */
export interface ScalingEventEntry {
  /** Of its entry in the stream. */
  readonly id: string;
  readonly report: ScalingReport;
  readonly metrics: TriggerMetrics | null;
}

/** `unreadable`: written by another release or by hand. `other`: it changed nothing, or was told before. */
export type ReadDecision =
  | { readonly kind: 'event'; readonly event: ScalingEventEntry }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly id: string };

/** An entry of the stream of decisions as Redis answers it: its id, then names and values in turn. */
export function readDecision(id: string, flat: readonly string[]): ReadDecision {
  const field = (name: string): string =>
    flat[flat.findIndex((text, at) => at % 2 === 0 && text === name) + 1] ?? '';
  if (field('action') === 'hold' || field('news') === '0') return { kind: 'other' };
  const read = json.pipe(scalingReport).safeParse(field('report'));
  if (!read.success) return { kind: 'unreadable', id };
  const { current, desired } = read.data.decision;
  if (current === desired) return { kind: 'other' };
  return { kind: 'event', event: { id, report: read.data, metrics: metricsOf(read.data.trace) } };
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue('no JSON');
    return z.NEVER;
  }
});

const traced = z.object({ reading: z.looseObject({ now_ms: z.number() }) });

function metricsOf(trace: unknown): TriggerMetrics | null {
  const read = traced.safeParse(trace);
  if (!read.success) return null;
  // Another release may have traced less.
  const reading = read.data.reading as Partial<PoolReading>;
  const metrics: Record<string, number | null | undefined> = {
    reading_age_s: reading.age_s,
    queue_ready: reading.queue?.ready,
    queue_active: reading.queue?.active,
    queue_due: reading.queue?.due,
    head_wait_s: reading.queue?.head_wait_s,
    arrivals_per_second_fast: reading.arrivals?.fast,
    arrivals_per_second_slow: reading.arrivals?.slow,
    service_mean_s: reading.service?.mean_s,
    response_s: reading.response_s,
    cpu: reading.usage?.cpu,
    memory: reading.usage?.memory,
    forecast_slots: reading.forecast?.offered_slots,
    scheduled_floor: reading.scheduled_floor,
  };
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value ?? null]));
}
