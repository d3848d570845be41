/** A time in which something is wrong, in seconds from the start. */
export interface Disturbance {
  /**
   * hanging: backend calls take 60 s and fail. refusing: they fail after 0.2 s. blind: nothing can be read of the pool.
   * bad-image: new workers end instead of becoming ready.
   */
  readonly kind: 'hanging' | 'refusing' | 'blind' | 'bad-image';
  readonly fromS: number;
  readonly untilS: number;
}

/** What a pool has to do: the same under every policy. */
export interface Workload {
  readonly name: string;
  /** Its parameters, for whoever reads the table. */
  readonly about: string;
  readonly horizonS: number;
  /** Time of day of its start, in seconds since midnight. */
  readonly startOfDayS: number;
  /** Workers that a policy must keep, and that are ready when it starts. */
  readonly min: number;
  /** Seconds from the start, ascending. */
  readonly arrivals: Float64Array;
  /** Seconds that each job holds a slot while all is well. */
  readonly services: Float64Array;
  readonly disturbances: readonly Disturbance[];
}

export const isDisturbed = ({ disturbances }: Workload, kind: Disturbance['kind'], atS: number): boolean =>
  disturbances.some((one) => one.kind === kind && one.fromS <= atS && atS < one.untilS);

/** 2026-01-05, a Monday, 00:00 UTC: the day of every simulation. */
const MONDAY_MS = Date.UTC(2026, 0, 5);

/** Unix milliseconds of its start. */
export const startMs = ({ startOfDayS }: Workload): number => MONDAY_MS + Math.round(startOfDayS * 1_000);
