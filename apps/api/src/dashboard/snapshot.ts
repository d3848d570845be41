/** What the page shows at one moment. Times in Unix milliseconds; null is unknown, never zero. No prompt is in it. */
export interface Snapshot {
  readonly at_ms: number;
  readonly version: string;
  /** Whether the form needs an API key. */
  readonly auth_mode: 'open' | 'required';
  readonly health: 'healthy' | 'degraded';
  readonly models_without_backend: readonly string[];
  /** The last five minutes in parts of 10 s, oldest first; the last one is not over. */
  readonly traffic: readonly TrafficPoint[];
  readonly pace: Pace;
  readonly pools: readonly PoolPart[];
  readonly workers: readonly WorkerPart[];
  readonly workers_left_out: number;
  readonly backends: readonly BackendPart[];
  readonly tenants: readonly TenantPart[];
  readonly decisions: readonly DecisionPart[];
  readonly failures: readonly FailurePart[];
  /** For the form. */
  readonly models: readonly string[];
}

/** Jobs a second; latency from acceptance to the end. */
export interface TrafficPoint {
  /** When the 10 s begin. */
  readonly at_ms: number;
  readonly accepted: number;
  readonly completed: number;
  /** Failed or expired. */
  readonly failed: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** Jobs a second of the last 10 to 20 s; the rest of the last minute. */
export interface Pace {
  readonly accepted_per_second: number;
  readonly completed_per_second: number;
  readonly failed_per_second: number;
  /** Of the jobs that ended; null while none did. */
  readonly error_rate: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface PoolPart {
  readonly pool: string;
  readonly is_paused: boolean;
  readonly queued: number;
  readonly waiting_for_backend: number;
  readonly running: number;
  readonly dead_letters: number;
  /** Null while no job waits. */
  readonly oldest_wait_ms: number | null;
  readonly workers: number;
  /** Of workers that take jobs. */
  readonly slots: number;
  readonly scaler: PoolScaler | null;
}

export interface PoolScaler {
  readonly desired: number | null;
  readonly current: number | null;
  readonly action: string;
  readonly reason: string;
  readonly at: string;
  readonly mode: string;
  readonly driver: string;
  readonly is_stale: boolean;
}

export interface WorkerPart {
  readonly id: string;
  readonly pool: string;
  readonly roles: readonly string[];
  /** ready, cordoned, draining. */
  readonly state: string;
  readonly slots: number;
  readonly active: number;
  readonly host: string;
  readonly born_ms: number;
  /** Shares of what the process may use. */
  readonly cpu: number | null;
  readonly memory: number | null;
  /** Calls of the last minute, and those that did not succeed. */
  readonly calls: number;
  readonly failed_calls: number;
}

export interface BackendPart {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly problem: string | null;
  readonly health: string;
  /** The worst of its circuits: closed, half-open, open, unknown. */
  readonly circuit: string;
  /** Models whose circuit is not closed. */
  readonly models_cut_off: readonly string[];
  readonly active: number;
  readonly max_connections: number | null;
  readonly workers: number;
  /** Of the jobs that backends ended in the last minute; null while none did. */
  readonly share: number | null;
  /** What adaptive limits multiply the admitted rate with, the least over its models. */
  readonly admits: number;
}

export interface TenantPart {
  /** A digest. */
  readonly tenant: string;
  /** Of its newest job. */
  readonly client_id: string | null;
  readonly tier: string | null;
  /** Its farthest flow, in jobs at share 1; 0 waits for nobody. */
  readonly lag_jobs: number;
  readonly in_flight: number;
  readonly queued: number;
  readonly limits: readonly LimitPart[];
}

export interface LimitPart {
  readonly rule: string;
  readonly limit: number;
  readonly remaining: number;
  readonly window_seconds: number | null;
  readonly shadow: boolean;
}

export interface DecisionPart {
  readonly id: string;
  readonly pool: string;
  readonly at_ms: number;
  readonly action: string;
  readonly mode: string;
  readonly current: number;
  readonly desired: number;
  readonly summary: string;
  readonly reasons: readonly string[];
}

export interface FailurePart {
  readonly job_id: string;
  readonly at_ms: number;
  readonly pool: string;
  readonly model: string | null;
  readonly backend: string | null;
  readonly client_id: string | null;
  readonly code: string;
  readonly sentence: string;
  readonly attempts: number | null;
}
