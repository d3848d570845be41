import { z } from 'zod';
import { outcome } from './outcome.js';

/** What settle.lua publishes to whoever waits. A large outcome is left out (null): the waiter then reads the job record. */
export const wakeUp = z.object({
  id: z.string(),
  status: z.enum(['completed', 'failed', 'cancelled', 'expired']),
  created_ms: z.number(),
  started_ms: z.number().nullable(),
  settled_ms: z.number(),
  worker_id: z.string().nullable(),
  outcome: outcome.nullable(),
});
export type WakeUp = z.infer<typeof wakeUp>;

/** What settle.lua publishes on a worker's control channel when somebody else ended a job it was running. */
export const workerControl = z.object({ kind: z.literal('abandon'), job_id: z.string() });
