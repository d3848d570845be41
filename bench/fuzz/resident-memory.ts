import { readFileSync } from 'node:fs';

/** Resident memory of a process at one moment. */
export interface Sample {
  /** Seconds since the load began. */
  readonly atS: number;
  readonly mib: number;
}

export interface Flatness {
  readonly firstMinuteMib: number;
  readonly endMib: number;
  readonly peakMib: number;
  /** End against the first minute, in percent. */
  readonly growthPercent: number;
  /** Least squares over everything after the first minute. */
  readonly mibPerMinute: number;
}

const FIRST_MINUTE_S = 60;
/** Over so much a value is taken: garbage that is not collected yet moves single samples. */
const SPAN_S = 15;
const FLAT_PERCENT_MAX = 5;

/** MiB; null when there is no such process, or no /proc. */
export function residentMib(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) / 1_024;
  } catch {
    return null;
  }
}

/** Null for a run that is too short to tell: the first minute, and another. */
export function flatnessOf(samples: readonly Sample[]): Flatness | null {
  const endS = samples.at(-1)?.atS ?? 0;
  if (endS < 2 * FIRST_MINUTE_S) return null;
  const after = samples.filter(({ atS }) => atS >= FIRST_MINUTE_S);
  const firstMinuteMib = median(samples.filter(({ atS }) => Math.abs(atS - FIRST_MINUTE_S) <= SPAN_S / 2));
  const endMib = median(samples.filter(({ atS }) => atS >= endS - SPAN_S));
  return {
    firstMinuteMib,
    endMib,
    peakMib: Math.max(...samples.map(({ mib }) => mib)),
    growthPercent: 100 * (endMib / firstMinuteMib - 1),
    mibPerMinute: 60 * slopeOf(after),
  };
}

/** Less than it was is flat as well. */
export const isFlat = ({ growthPercent }: Flatness): boolean => growthPercent <= FLAT_PERCENT_MAX;

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ mib }) => mib).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const atS = mean((sample) => sample.atS);
  const mib = mean((sample) => sample.mib);
  const spread = samples.reduce((sum, sample) => sum + (sample.atS - atS) ** 2, 0);
  return samples.reduce((sum, sample) => sum + (sample.atS - atS) * (sample.mib - mib), 0) / spread;
}
