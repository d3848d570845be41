import { z } from 'zod';
import {
  SCALER_DRIVERS,
  SCALER_MODES,
  SCALING_ORDERS,
  SCALING_POLICIES,
  scalingOrder,
} from '#common/contracts/scaling.js';
import { explainedDecision } from '#common/contracts/scaling-explanation.js';

const WEEK_MINUTES = 7 * 24 * 60;

/** What an administrator asks of a pool's scaler. It ends by itself. */
export const scaleOrder = z
  .strictObject({
    kind: z
      .enum(SCALING_ORDERS)
      .default('fixed')
      .describe('fixed: so many; floor: at least; ceiling: at most; pause: as many as there are.'),
    workers: z.number().int().nonnegative().optional().describe('Absent for a pause; else required.'),
    minutes: z.number().int().min(1).max(WEEK_MINUTES).describe('After so long it ends by itself.'),
    because: z.string().min(1).max(200).optional().describe('For whoever reads the decision.'),
  })
  .refine(({ kind, workers }) => kind === 'pause' || workers !== undefined, {
    message: 'is required, unless kind is pause',
    path: ['workers'],
  })
  .refine(({ kind, workers }) => kind !== 'pause' || workers === undefined, {
    message: 'a pause keeps the number as it is',
    path: ['workers'],
  });
export type ScaleOrder = z.infer<typeof scaleOrder>;

export const givenOrder = z.object({
  pool: z.string(),
  order: scalingOrder.extend({ until: z.string().describe('ISO 8601, UTC.') }),
});
export type GivenOrder = z.infer<typeof givenOrder>;

export const takenBack = z.object({ message: z.string() });
export type TakenBack = z.infer<typeof takenBack>;

export const orderQuery = z.object({
  id: z
    .string()
    .min(1)
    .max(100)
    .default('admin')
    .describe('Which order: admin, or the fingerprint of an alert.'),
});
export type OrderQuery = z.infer<typeof orderQuery>;

const lastDecision = z.object({
  at: z.string(),
  is_stale: z.boolean().describe('Older than 30 s: no scaler acts.'),
  action: z.enum(['up', 'down', 'hold']),
  summary: z.string(),
  mode: z.enum(SCALER_MODES),
  driver: z.enum(SCALER_DRIVERS),
});

export const poolView = z.object({
  pool: z.string(),
  models: z.array(z.string()),
  policy: z.enum(SCALING_POLICIES),
  min: z.number().int(),
  max: z.number().int(),
  desired: z
    .number()
    .int()
    .nullable()
    .describe('Null while no scaler decides, or the platform does not answer it.'),
  current: z
    .number()
    .int()
    .nullable()
    .describe('Workers of the scaler that take jobs or will; null while unknown.'),
  last_decision: lastDecision.nullable(),
  orders: z.array(scalingOrder),
});
export type PoolView = z.infer<typeof poolView>;

export const poolList = z.object({ pools: z.array(poolView) });

export const decisionsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z
    .string()
    .regex(/^\d{1,16}-\d{1,16}$/)
    .optional()
    .describe('Only decisions before this one; next_before of the page before.'),
});
export type DecisionsQuery = z.infer<typeof decisionsQuery>;

export const decisionPage = z.object({
  decisions: z.array(explainedDecision.extend({ id: z.string() })),
  next_before: z.string().nullable().describe('Send it as before for the next page; null on the last.'),
});
export type DecisionPage = z.infer<typeof decisionPage>;
