import type { ScalerDriver } from '#common/contracts/scaling.js';

/** What a driver can do. What it cannot is not asked of it. */
export interface DriverCapabilities {
  /** Whether it stops the very instance it is told; otherwise it only sets how many there are. */
  readonly stopsChosen: boolean;
  /** Whether instances go on without the process that started them, so that another scaler can take them over. */
  readonly outlivesScaler: boolean;
  readonly reportsUsage: boolean;
}

/** A worker's process or container as whoever runs it sees it. Readiness is not its business: that is the first heartbeat. */
export interface DrivenInstance {
  /** Unique over time; the worker repeats it in its heartbeat (environment key WORKER_INSTANCE). */
  readonly name: string;
  readonly state: 'running' | 'ended';
  /** Which image and configuration it was started from. */
  readonly spec: string;
  /** Unix milliseconds. */
  readonly born_ms: number;
  /** Of an instance that ended: its exit code (null: unknown or a signal) and when. */
  readonly ended: { readonly code: number | null; readonly at_ms: number } | null;
}

export interface StartOrder {
  readonly count: number;
  /** Fencing token of the leader that starts them. */
  readonly epoch: number;
  /** Asked again between starts: whether the order still stands. Without it, it does. */
  readonly mayGoOn?: () => boolean;
}

export interface InstanceUsage {
  /** 0 to 1 of what the instance may use. */
  readonly cpu: number;
  readonly memory: number;
}

/**
 * Runs the workers of one pool. It decides nothing. Every call has a deadline of its own and throws DriverTrouble when the
 * platform cannot be asked or refuses; what it did until then is seen by the next `list`.
 * Cordon and uncordon are no driver's business: workers take those orders from Redis (libs/common/src/presence/worker-orders.ts).
 */
export interface Driver {
  readonly kind: ScalerDriver;
  readonly capabilities: DriverCapabilities;
  /** What a new instance would be started from. */
  readonly spec: string;
  /** Ours in this pool, running and lately ended; foreign ones are not in it. */
  list(): Promise<readonly DrivenInstance[]>;
  /** Starts more. Answers the names of those that were started. */
  start(order: StartOrder): Promise<readonly string[]>;
  /** Asks it to end (SIGTERM): it takes no more jobs, finishes or hands back what it runs. Does not wait for the end. */
  stop(name: string, order: { readonly epoch: number }): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(name: string, order: { readonly epoch: number }): Promise<void>;
  /** Takes away what is left of an instance that ended (a container); nothing, where nothing is left. */
  forget(name: string): Promise<void>;
  /** Of those that run, by name; empty where nothing is reported. */
  usage(): Promise<ReadonlyMap<string, InstanceUsage>>;
  /** Lets go of what cannot go on without this scaler, which stops while it leads, or does not lead (any more). */
  release(why: 'stopping' | 'not-leading'): Promise<void>;
}

/** The platform cannot be asked, or refuses. A value for the loop, never a reason to end it. */
export class DriverTrouble extends Error {
  override readonly name = 'DriverTrouble';
}
