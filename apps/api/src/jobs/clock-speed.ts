/** A pool's fair clock as it stood at a moment. `since` is when the pool began to be busy: the clock began anew then. */
export interface ClockReading {
  readonly atMs: number;
  readonly clock: number;
  readonly since: string;
}

/** Looked at over several times of service: jobs that began together end together, and between that the clock stands. */
const SERVICES = 3;
const SPAN_MS_MIN = 6_000;
const SPAN_MS_MAX = 120_000;

/**
 * How fast a pool's fair clock goes while the pool is busy. A job begins when the clock reaches its tag, whoever comes later
 * with a greater share: so it tells of those, too.
 */
export class ClockSpeed {
  private readings: ClockReading[] = [];

  /** Per millisecond; undefined while the pool has not been busy for three times of service. Null: the pool is not busy. */
  look(reading: ClockReading | null, serviceMs: number): number | undefined {
    if (reading === null) this.readings = [];
    if (reading === null) return undefined;
    const { atMs, clock, since } = reading;
    const spanMs = Math.max(SPAN_MS_MIN, SERVICES * serviceMs);
    const known = this.readings.filter((each) => each.since === since && atMs - each.atMs <= SPAN_MS_MAX);
    this.readings = [...known, reading];
    const before = known.findLast((each) => atMs - each.atMs >= spanMs);
    if (before === undefined || clock <= before.clock) return undefined;
    return (clock - before.clock) / (atMs - before.atMs);
  }
}
