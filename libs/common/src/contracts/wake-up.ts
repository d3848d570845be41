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

/**
 * What is published on a worker's control channel. abandon (settle.lua): somebody else ended a job it was running. look: there
 * may be an order for it (presence/worker-orders.ts).
 */
export const workerControl = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('abandon'), job_id: z.string() }),
  z.object({ kind: z.literal('look') }),
]);
export type WorkerControl = z.infer<typeof workerControl>;

export const WORKER_LOOK = JSON.stringify({ kind: 'look' } satisfies WorkerControl);
