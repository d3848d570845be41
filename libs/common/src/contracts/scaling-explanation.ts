import { z } from 'zod';
import { scalingDecision, scalingOrder, scalingReason, scalingReport } from './scaling.js';

/** Older than this, a decision says nothing of now: a scaler decides every few seconds. */
export const REPORT_FRESH_MS = 30_000;

export const explainedReason = scalingReason.extend({ sentence: z.string() });
export type ExplainedReason = z.infer<typeof explainedReason>;

/** A decision for people: each number with its sentence. */
export const explainedDecision = z.object({
  pool: z.string(),
  at: z.string().describe('ISO 8601, UTC.'),
  mode: scalingReport.shape.mode,
  driver: scalingReport.shape.driver,
  scaler_id: z.string(),
  epoch: z.number().int().describe('Fencing token of the scaler that decided.'),
  summary: z.string(),
  decision: scalingDecision.extend({
    reasons: z.array(explainedReason).describe('In their order. `to` is the number of workers after each.'),
  }),
});
export type ExplainedDecision = z.infer<typeof explainedDecision>;

export const scalingExplanation = explainedDecision.extend({
  age_seconds: z.number(),
  is_stale: z.boolean().describe('The decision is older than 30 s: no scaler acts.'),
  instances: scalingReport.shape.instances.describe('Null while the platform or Redis cannot tell.'),
  foreign: scalingReport.shape.foreign.describe('Workers that no driver started, and their slots.'),
  drains: z
    .record(z.string(), z.unknown())
    .describe('Instances that leave, by name, as the scaler keeps it.'),
  troubles: z.array(z.string()).describe('What keeps the workers from being as many as wanted.'),
  orders: z.array(scalingOrder).describe('Those of people and alerts that are in force.'),
  trace: z.unknown().describe('The whole input of the decision: reading, memory and configuration.'),
});
export type ScalingExplanation = z.infer<typeof scalingExplanation>;
