import { z } from 'zod';

export const WORKER_ROLES = ['generate', 'tell'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

/** A worker's heartbeat, kept in Redis for three beats. Absent means gone. Times in Unix milliseconds. */
export const workerPresence = z.object({
  id: z.string(),
  pool: z.string(),
  roles: z.array(z.enum(WORKER_ROLES)),
  state: z.enum(['ready', 'draining']),
  slots: z.number().int().nonnegative(),
  active: z.number().int().nonnegative(),
  host: z.string(),
  pid: z.number().int(),
  metrics_port: z.number().int(),
  born_ms: z.number().int(),
  backends: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      active: z.number().int().nonnegative(),
      /** Model names, or beginnings followed by `*`. */
      models: z.array(z.string()).optional(),
    }),
  ),
});
export type WorkerPresence = z.infer<typeof workerPresence>;

export const HEARTBEAT_EVERY_MS = 2_000;
export const HEARTBEAT_TTL_MS = 3 * HEARTBEAT_EVERY_MS;
