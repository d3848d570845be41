import { z } from 'zod';

/** What is read of the engine's answers; its API has far more. */
export const containerList = z.array(
  z.object({
    Id: z.string(),
    /** Unix seconds. */
    Created: z.number(),
    State: z.string(),
    Labels: z.record(z.string(), z.string()),
  }),
);
export type ListedContainer = z.infer<typeof containerList>[number];

export const imageDetails = z.object({ Id: z.string() });

export const containerDetails = z.object({
  State: z.object({ ExitCode: z.number(), FinishedAt: z.string() }),
});
export type ContainerEnd = z.infer<typeof containerDetails>;

export const containerStats = z.object({
  read: z.string(),
  cpu_stats: z.object({
    cpu_usage: z.object({ total_usage: z.number() }),
    online_cpus: z.number().positive().optional(),
  }),
  memory_stats: z.object({
    usage: z.number(),
    limit: z.number().positive(),
    /** Of version 1 and 2 of control groups. */
    stats: z.object({ total_inactive_file: z.number().optional(), inactive_file: z.number().optional() }),
  }),
});
export type ContainerStats = z.infer<typeof containerStats>;
