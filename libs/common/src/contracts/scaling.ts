import { z } from 'zod';

/** What a scaler does with its decisions: nothing but record them; only add workers; all. */
export const SCALER_MODES = ['observe', 'up-only', 'full'] as const;
export type ScalerMode = (typeof SCALER_MODES)[number];

export const SCALING_POLICIES = ['slo', 'threshold', 'queue'] as const;
export type ScalingPolicy = (typeof SCALING_POLICIES)[number];

export const SCALING_PROFILES = ['cost', 'balanced', 'latency'] as const;
export type ScalingProfile = (typeof SCALING_PROFILES)[number];

/** Where instances of workers come from. */
export const SCALER_DRIVERS = ['process', 'docker', 'swarm', 'kubernetes'] as const;
export type ScalerDriver = (typeof SCALER_DRIVERS)[number];

/**
 * One step of a decision. `rule` says what the step does with the number of workers that the steps before it came to:
 * `need` and `floor` raise it to `value`, `ceiling` lowers it to `value`, `set` replaces it. `to` is the number after the step.
 * The first step starts from 0, so the steps alone recompute what is desired.
 */
export const scalingReason = z.object({
  code: z.string(),
  rule: z.enum(['need', 'floor', 'ceiling', 'set']),
  value: z.number().int().nonnegative(),
  to: z.number().int().nonnegative(),
  /** The numbers behind the value, in the units their names end with. */
  facts: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
});
export type ScalingReason = z.infer<typeof scalingReason>;

/** What the scaler wants of a pool, with its reasons; not what the driver did. Workers are counted, not slots. */
export const scalingDecision = z.object({
  policy: z.enum(SCALING_POLICIES),
  /** Workers of ours that may take jobs: starting and ready ones. */
  current: z.number().int().nonnegative(),
  desired: z.number().int().nonnegative(),
  action: z.enum(['up', 'down', 'hold']),
  /** Instances to drain, the first one first. */
  victims: z.array(z.string()),
  /** Cordoned instances that may take jobs again. */
  undrain: z.array(z.string()),
  reasons: z.array(scalingReason),
});
export type ScalingDecision = z.infer<typeof scalingDecision>;

export const SCALING_ORDERS = ['fixed', 'floor', 'ceiling', 'pause'] as const;

/** What a person or an alert asks of a pool's scaler, until it expires. */
export const scalingOrder = z.object({
  /** Of an alert its fingerprint, so that the same one counts once; of a person `admin`. */
  id: z.string(),
  kind: z.enum(SCALING_ORDERS),
  /** Absent for a pause, which keeps the number as it is. */
  workers: z.number().int().nonnegative().nullable(),
  /** Unix milliseconds. */
  until_ms: z.number().int(),
  source: z.enum(['admin', 'alert']),
  /** For whoever reads the decision. */
  because: z.string(),
});
export type ScalingOrder = z.infer<typeof scalingOrder>;

export const INSTANCE_STATES = ['starting', 'ready', 'cordoned', 'draining'] as const;

/** A worker as the scaler sees it. */
export const seenInstance = z.object({
  /** The driver's name for it, which its worker's heartbeat repeats. */
  name: z.string(),
  /** Of its heartbeat; null before the first. */
  worker_id: z.string().nullable(),
  state: z.enum(INSTANCE_STATES),
  slots: z.number().int().nonnegative(),
  /** Jobs it runs. */
  active: z.number().int().nonnegative(),
  born_ms: z.number().int(),
  /** It was started from another image or configuration than a new one would be. */
  is_outdated: z.boolean(),
});
export type SeenInstance = z.infer<typeof seenInstance>;

/** What the scaler last saw and decided, kept in Redis for whoever asks (explain, status, KEDA). */
export const scalingReport = z.object({
  pool: z.string(),
  /** Unix milliseconds. */
  at_ms: z.number().int(),
  mode: z.enum(SCALER_MODES),
  driver: z.enum(SCALER_DRIVERS),
  /** The leader that decided, and its fencing token. */
  scaler_id: z.string(),
  epoch: z.number().int(),
  decision: scalingDecision,
  /** Null while the driver or Redis could not tell. */
  instances: z.array(seenInstance).nullable(),
  /** Workers that no driver of ours started, and their slots. */
  foreign: z.object({ workers: z.number().int(), slots: z.number().int() }),
  /** Sentences about what keeps the fleet from being as desired: quarantined image, driver away, … */
  troubles: z.array(z.string()),
  /** The whole input of the decision, the memory before it and the configuration, for `explain` and replay. */
  trace: z.unknown(),
});
export type ScalingReport = z.infer<typeof scalingReport>;
