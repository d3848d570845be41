import { z } from 'zod';
import { jsonOf } from '#common/contracts/json-of.js';
import type { ScalingMemory } from '../policy/scaling.js';

/** What is remembered of an instance while it is listed. Times in Unix milliseconds by Redis's clock. */
const knownInstance = z.object({
  spec: z.string(),
  born_ms: z.number(),
  /** First time its heartbeat was seen; null: not yet. */
  up_ms: z.number().nullable(),
  /** Since when readings have shown no heartbeat of it; null while they do. */
  silent_ms: z.number().nullable(),
  /** When its cordon was taken back: heartbeats that say otherwise may be older. */
  returned_ms: z.number().nullable(),
  /** It has lived for 30 s after its first heartbeat. */
  is_proven: z.boolean(),
  /** It ended, and that was taken into account. */
  is_over: z.boolean(),
  /** What its last heartbeat said. */
  worker_id: z.string().nullable(),
  state: z.enum(['ready', 'cordoned', 'draining']),
  slots: z.number(),
  active: z.number(),
});
export type KnownInstance = z.infer<typeof knownInstance>;
export type KnownInstances = Readonly<Record<string, KnownInstance>>;

const crashState = z.object({
  /** What would be started now; another one starts afresh. */
  spec: z.string(),
  /** Crashes since one came up and lived. */
  in_a_row: z.number(),
  is_quarantined: z.boolean(),
  /** Nobody is started before. */
  until_ms: z.number(),
  /** Of all specs, within the last 60 s. */
  lately_ms: z.array(z.number()),
});
export type CrashState = z.infer<typeof crashState>;

const memory = z.custom<ScalingMemory>((value) => typeof value === 'object' && value !== null);

/** What a pool's scaler remembers, kept in Redis so that another one can go on with it. */
const poolState = z.object({
  /** The policy's own. */
  memory,
  /** Last time Redis answered, and last time everything did. */
  read_ms: z.number().nullable(),
  whole_ms: z.number().nullable(),
  /** Of the last twenty instances, from start to first heartbeat, in seconds. */
  cold_starts_s: z.array(z.number()),
  crashes: crashState,
  known: z.record(z.string(), knownInstance),
});
export type PoolState = z.infer<typeof poolState>;
export const poolStateText = jsonOf(poolState);

export const newPoolState = (spec: string): PoolState => ({
  memory: {},
  read_ms: null,
  whole_ms: null,
  cold_starts_s: [],
  crashes: { spec, in_a_row: 0, is_quarantined: false, until_ms: 0, lately_ms: [] },
  known: {},
});

/** A worker on its way out. Times in Unix milliseconds by Redis's clock. */
const drain = z.object({
  /** Null of an instance that left before its first heartbeat. */
  worker_id: z.string().nullable(),
  since_ms: z.number(),
  /** It is asked to end then, busy or not. */
  deadline_ms: z.number(),
  /** When it was asked to end; null while it only takes no more jobs. */
  stopped_ms: z.number().nullable(),
});
export type Drain = z.infer<typeof drain>;
export type DrainsByInstance = Readonly<Record<string, Drain>>;
export const drainText = jsonOf(drain);
