import type {
  ScalerMode,
  ScalingDecision,
  ScalingOrder,
  ScalingPolicy,
  SeenInstance,
} from '#common/contracts/scaling.js';

/**
 * What can be known of a pool at one moment. Null is unknown, and unknown is never zero. Plain JSON. Times in Unix milliseconds
 * by Redis's clock; durations in seconds.
 */
export interface PoolReading {
  /** The moment of the decision. */
  readonly now_ms: number;
  /** How old the newest whole reading is: 0 when this one succeeded. */
  readonly age_s: number;
  readonly queue: {
    /** Jobs that wait for a worker: BullMQ's wait and prioritized. */
    readonly ready: number;
    readonly active: number;
    /** Delayed jobs (they wait for a backend), and those of them due within the lead: mean cold start and tick. */
    readonly deferred: number;
    readonly due: number;
    /** How long the next job in line has waited; null when none waits. */
    readonly head_wait_s: number | null;
  } | null;
  /** Accepted jobs per second over the last 6, 20, 180 and 360 s. */
  readonly arrivals: {
    readonly latest: number;
    readonly fast: number;
    readonly slow: number;
    readonly slower: number;
  } | null;
  /** Time a job holds a slot: mean and squared coefficient of variation, over the last minutes; null before the first job. */
  readonly service: { readonly mean_s: number; readonly scv: number; readonly samples: number } | null;
  /** Backend calls of the last 60 s by what came of them, over all workers. */
  readonly outcomes: Outcomes | null;
  /** Ours, whatever state they are in. */
  readonly instances: readonly SeenInstance[] | null;
  /** Slots of workers that nobody of ours started and that take jobs of this pool. */
  readonly foreign_slots: number;
  /** From start to first heartbeat. */
  readonly cold_start: { readonly mean_s: number; readonly p90_s: number; readonly samples: number };
  /** Mean over the workers, 0 to 1 (of the container's limits where it has some). */
  readonly usage: { readonly cpu: number; readonly memory: number } | null;
  /** Mean from acceptance to settlement over the last minute, in seconds. */
  readonly response_s: number | null;
  /** Offered load (busy slots) expected at the lead. */
  readonly forecast: {
    readonly offered_slots: number;
    readonly is_trusted: boolean;
    readonly model: string;
  } | null;
  /** The greatest floor of the schedules in force; 0 without one. */
  readonly scheduled_floor: number;
  readonly orders: readonly ScalingOrder[];
  /** Calls that the backends of the pool take at once; null: no limit is known. */
  readonly backends: { readonly max_connections: number | null };
  /** What the budget over all pools leaves this one, in workers; null without one. */
  readonly budget_workers: number | null;
}

export interface Outcomes {
  readonly succeeded: number;
  readonly backend_5xx: number;
  readonly timeout: number;
  readonly rate_limited: number;
  /** Jobs sent back to the queue because no backend may be called. */
  readonly no_backend: number;
  /** The job's own fault: it proves nothing about backends. */
  readonly job_bug: number;
  /** Workers of ours that ended by themselves. */
  readonly crash: number;
}

export interface ScalingConfig {
  readonly policy: ScalingPolicy;
  readonly mode: ScalerMode;
  readonly min: number;
  readonly max: number;
  /** Slots of a new worker. */
  readonly slots: number;
  readonly tick_s: number;
  /** Workers to have when nothing could be read for ten ticks. */
  readonly fallback: number;
  readonly slo: SloConfig;
  readonly threshold: ThresholdConfig;
  readonly queue: QueueConfig;
}

/** A profile with the operator's own numbers over it. */
export interface SloConfig {
  /** T: how long a job may wait. */
  readonly wait_objective_s: number;
  /** ε: share of the jobs that may wait longer. */
  readonly share_over: number;
  /** How long need must have fallen before workers leave, once in such a time; at least three cold starts. */
  readonly down_window_s: number;
  readonly surge_freeze_s: number;
  /** How long nothing may happen before a pool with min 0 goes to zero. */
  readonly idle_s: number;
}

/** The original system's numbers are the defaults. */
export interface ThresholdConfig {
  readonly cpu_up: number;
  readonly memory_up: number;
  readonly response_up_s: number;
  readonly cpu_down: number;
  readonly memory_down: number;
  readonly response_down_s: number;
  readonly cooldown_s: number;
}

export interface QueueConfig {
  /** Waiting jobs per worker. */
  readonly depth_per_worker: number;
  readonly wait_s: number;
  /** Share of failed backend calls above which nobody is added. */
  readonly error_share: number;
  readonly cooldown_s: number;
}

/**
 * What a policy remembers from one decision to the next. Plain JSON; an empty object is the beginning, after which the size is
 * held for one down-window.
 */
export interface ScalingMemory {
  /** Since when the pool has been seen without a gap of ten ticks. */
  readonly since_ms?: number;
  /** The last moment at which it was seen. */
  readonly seen_ms?: number;
  /** What the last decision came to. */
  readonly desired?: number;
  /** Needs of the down-window of which no later one was as great: [Unix ms, workers]; the first is the greatest. */
  readonly peaks?: readonly (readonly [number, number])[];
  readonly surge_until_ms?: number | null;
  /** While the guard is latched: since when, and how many workers there were then. */
  readonly guard?: { readonly since_ms: number; readonly workers: number } | null;
  /** The last service time that enough jobs vouched for. */
  readonly service?: PoolReading['service'];
  /** How many workers there have been in the last 15 s: [from when in Unix ms, how many]. */
  readonly counts?: readonly (readonly [number, number])[];
  /** Since when nothing waits, runs or arrives. */
  readonly idle_since_ms?: number | null;
  /** Last step up or down. */
  readonly acted_ms?: number;
}

export interface Decided {
  readonly decision: ScalingDecision;
  readonly memory: ScalingMemory;
}

/** A pure function of its arguments: no clock, no dice; the same input gives the same bytes. */
export type Decide = (reading: PoolReading, memory: ScalingMemory, config: ScalingConfig) => Decided;
