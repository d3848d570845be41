import { z } from 'zod';

export const WORKER_ROLES = ['generate', 'tell'] as const;
export type WorkerRole = (typeof WORKER_ROLES)[number];

/** Where what is known of a backend comes from: the configuration, the configuration with changes, or run time alone. */
export const BACKEND_SOURCES = ['file', 'changed', 'runtime'] as const;
export type BackendSource = (typeof BACKEND_SOURCES)[number];

/** A backend as one worker knows it. Workers of an earlier release say less. */
export const presentBackend = z.object({
  id: z.string(),
  kind: z.string(),
  /** Calls that this worker has open there. */
  active: z.number().int().nonnegative(),
  models: z.array(z.string()).default([]),
  /** Calls that the whole fleet may have open there. */
  max_connections: z.number().int().positive().nullable().default(null),
  source: z.enum(BACKEND_SOURCES).catch('file').default('file'),
  /** It is not called any more; calls that had begun are still open. */
  is_draining: z.boolean().default(false),
  /** Why this worker cannot call it. */
  problem: z.string().optional(),
});
export type PresentBackend = z.infer<typeof presentBackend>;

/** Backend calls by what came of them, as the scaler tells them apart. */
export const OUTCOME_CLASSES = [
  'succeeded',
  'backend_5xx',
  'timeout',
  'rate_limited',
  'no_backend',
  'job_bug',
] as const;
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number];

/** A worker's heartbeat, kept in Redis for three beats. Absent means gone. Times in Unix milliseconds. */
export const workerPresence = z.object({
  id: z.string(),
  pool: z.string(),
  roles: z.array(z.enum(WORKER_ROLES)),
  /** cordoned: takes no jobs until the order is taken back. draining: stops. */
  state: z.enum(['ready', 'cordoned', 'draining']),
  slots: z.number().int().nonnegative(),
  active: z.number().int().nonnegative(),
  host: z.string(),
  pid: z.number().int(),
  metrics_port: z.number().int(),
  born_ms: z.number().int(),
  /** The driver's name for it; null when no scaler started it. Workers of an earlier release say none of the following. */
  instance: z.string().nullable().default(null),
  /** Of the process since the last heartbeat: processor time over what it may use; resident memory over what it may use. */
  cpu: z.number().nonnegative().nullable().default(null),
  memory: z.number().nonnegative().nullable().default(null),
  /** Of the last 60 s. */
  outcomes: z.partialRecord(z.enum(OUTCOME_CLASSES), z.number().int().nonnegative()).default({}),
  backends: z.array(presentBackend),
});
export type WorkerPresence = z.infer<typeof workerPresence>;

export const HEARTBEAT_EVERY_MS = 2_000;
export const HEARTBEAT_TTL_MS = 3 * HEARTBEAT_EVERY_MS;
