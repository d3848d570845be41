import { z } from 'zod';
import { JOB_STATUSES } from './job-status.js';
import { PRIORITIES } from './generation.js';
import { jsonOf } from './json-of.js';
import { outcome } from './outcome.js';
import { webhookTarget } from './webhook.js';

const milliseconds = z.coerce.number().int();

/**
 * The hash `job:<id>`: all that is known of a job but its prompt. Written by admit.lua, begin.lua, hand-back.lua,
 * watch.lua and settle.lua only. Times are Redis's own clock in Unix milliseconds.
 */
export const jobRecord = z.object({
  id: z.string(),
  tenant: z.string(),
  client_id: z.string(),
  request_id: z.string(),
  pool: z.string(),
  model: z.string(),
  priority: z.enum(PRIORITIES),
  status: z.enum(JOB_STATUSES),
  metadata: z.string().optional(),
  created_ms: milliseconds,
  deadline_ms: milliseconds,
  started_ms: milliseconds.optional(),
  worker_id: z.string().optional(),
  deliveries: z.coerce.number().int().default(0),
  settled_ms: milliseconds.optional(),
  outcome: jsonOf(outcome).optional(),
  webhook: jsonOf(webhookTarget).optional(),
  /** The tier its caller had. Records of earlier releases have none. */
  tier: z.string().optional(),
  /** The dead job whose task this one does again. */
  replay_of: z.string().optional(),
  /** The span of the request that made it, as W3C's traceparent, while something is traced. */
  trace: z.string().optional(),
});
export type JobRecord = z.infer<typeof jobRecord>;
