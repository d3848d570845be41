import { z } from 'zod';

const count = z.number().int();

export const queueView = z.object({
  pool: z.string(),
  is_paused: z.boolean(),
  queued: count.describe('Accepted and not running; those that wait for a backend among them.'),
  deferred: count.describe('Those that wait for a backend.'),
  active: count,
  dead_letters: count,
});
export type QueueView = z.infer<typeof queueView>;

export const queueList = z.object({ queues: z.array(queueView) });
export type QueueList = z.infer<typeof queueList>;

export const purged = z.object({
  cancelled: count,
  skipped: count.describe('Ended by themselves meanwhile.'),
  left: count.describe('Still waiting: call again.'),
});
export type Purged = z.infer<typeof purged>;
