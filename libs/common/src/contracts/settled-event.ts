import { z } from 'zod';
import { jsonOf } from './json-of.js';
import { outcome } from './outcome.js';
import { webhookTarget } from './webhook.js';

const milliseconds = z.coerce.number().int();
const absent = z.literal('').transform(() => null);

/** One entry of the stream `events`: a job was settled. Appended by settle.lua, exactly once for each job. */
export const settledEvent = z.object({
  job_id: z.string(),
  status: z.enum(['completed', 'failed', 'cancelled', 'expired']),
  tenant: z.string(),
  client_id: z.string(),
  request_id: z.string(),
  pool: z.string(),
  model: z.string(),
  worker_id: z.union([absent, z.string()]),
  created_ms: milliseconds,
  started_ms: z.union([absent, milliseconds]),
  settled_ms: milliseconds,
  outcome: jsonOf(outcome),
  /** Where the job asked to be told; null: wherever its tenant is. Entries of earlier releases have none. */
  webhook: z.union([absent, jsonOf(webhookTarget)]).default(null),
});
export type SettledEvent = z.infer<typeof settledEvent>;
