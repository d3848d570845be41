import { z } from 'zod';

/** Raised when a field changes its meaning or goes. New fields come without. */
export const REPORT_VERSION = 1;

const count = z.int().nonnegative();
const measured = z.number().nonnegative();
/** Null where nothing was measured. */
const unknown = measured.nullable();

const spread = z.object({
  count,
  mean: measured,
  min: measured,
  p50: measured,
  p75: measured,
  p90: measured,
  p95: measured,
  p99: measured,
  p999: measured,
  max: measured,
});

const figures = z.object({
  due: count,
  dropped: count,
  unfinished: count,
  succeeded: count,
  failed: count,
  good: count,
  errors_percent: unknown,
  dropped_percent: unknown,
  goodput_percent: unknown,
  due_per_second: unknown,
  succeeded_per_second: unknown,
  good_per_second: unknown,
  output_tokens: count,
  output_tokens_per_second: unknown,
  statuses: z.record(z.string(), count),
  latency_ms: spread.nullable(),
  first_token_ms: spread.nullable(),
  token_gap_ms: spread.nullable(),
  stream_tokens_per_second: spread.nullable(),
});

const group = figures.extend({ name: z.string() });
const bins = z.array(z.object({ from: measured, to: measured, count }));
const quantiles = z.object({ p50: measured, p90: measured, p95: measured, p99: measured, max: measured });

const timeWindow = z.object({
  /** Since the beginning. */
  at_seconds: measured,
  due: count,
  dropped: count,
  in_flight_max: count,
  output_tokens: count,
  answers: z.record(z.string(), count),
  latency_ms: quantiles.nullable(),
  first_token_ms: quantiles.nullable(),
});

const distribution = z.object({
  balance_percent: measured,
  shares: z.array(z.object({ name: z.string(), requests: count, mean_ms: measured })),
});

const threshold = z.object({
  rule: z.string(),
  unit: z.enum(['ms', '%', '/s', 'requests']),
  bound: measured,
  measured: unknown,
  is_met: z.boolean(),
});

/** The JSON file of a load test. Times are in milliseconds where a name does not say otherwise. */
export const loadReport = z.object({
  format: z.literal('sluice-loadtest'),
  version: z.literal(REPORT_VERSION),
  began_at: z.iso.datetime(),
  ended: z.enum(['finished', 'interrupted']),
  target: z.object({ url: z.string(), route: z.enum(['generate', 'chat']), is_streamed: z.boolean() }),
  /** What was asked for, as a sentence. */
  load: z.string(),
  seed: count,
  warm_up_seconds: measured,
  measured_seconds: measured,
  objective: z.object({ within_ms: unknown, first_token_ms: unknown }),
  is_passed: z.boolean(),
  thresholds: z.array(threshold),
  summary: figures,
  groups: z.object({ tenant: z.array(group), tier: z.array(group), model: z.array(group) }),
  /** By code, from the most frequent. */
  errors: z.array(z.object({ code: z.string(), count })),
  workers: distribution,
  backends: distribution,
  /** How much later than due requests were sent. It is part of the latency. */
  lateness_ms: spread.nullable(),
  percentile_error_percent: measured,
  window_seconds: measured,
  windows: z.array(timeWindow),
  histograms: z.object({ latency_ms: bins, first_token_ms: bins, token_gap_ms: bins }),
});

export type LoadReport = z.infer<typeof loadReport>;
export type FiguresReport = z.infer<typeof figures>;
export type GroupReport = z.infer<typeof group>;
export type SpreadReport = z.infer<typeof spread>;
export type WindowReport = z.infer<typeof timeWindow>;
export type BinReport = z.infer<typeof bins>[number];
export type ThresholdReport = z.infer<typeof threshold>;
export type DistributionReport = z.infer<typeof distribution>;
