import { z } from 'zod';
import { workerPresence } from '#common/contracts/worker-presence.js';

const MINUTES_OF_A_DAY = 24 * 60;

export const drainOrder = z
  .strictObject({
    minutes: z
      .number()
      .positive()
      .max(30 * MINUTES_OF_A_DAY)
      .default(MINUTES_OF_A_DAY)
      .describe('After these the worker takes jobs again by itself.'),
  })
  // A body may be left out.
  .prefault({});
export type DrainOrder = z.infer<typeof drainOrder>;

export const workerList = z.object({
  workers: z.array(workerPresence).describe('The heartbeats of the workers that live, times in Unix ms.'),
});
export type WorkerList = z.infer<typeof workerList>;

export const ordered = z.object({ message: z.string() });
export type Ordered = z.infer<typeof ordered>;
