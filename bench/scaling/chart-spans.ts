import type { Tally } from './tally.js';

/** A run at one point of the chart. */
export interface Span {
  /** Slots that the arrivals of this time keep busy. */
  readonly offered: number;
  readonly wanted: number;
  readonly ready: number;
  /** How long the first in line had waited. */
  readonly headWaitS: number;
}

/** The run in so many equal spans: the most of each, so that nothing short is lost. */
export function spansOf({ workload, looks }: Tally, points: number): Span[] {
  const { horizonS, arrivals, services } = workload;
  const spanS = horizonS / points;
  const at = (atS: number): number => Math.min(points - 1, Math.floor(atS / spanS));
  const [work, wanted, ready, late] = Array.from({ length: 4 }, () => new Float64Array(points));
  if (work === undefined || wanted === undefined || ready === undefined || late === undefined) return [];
  arrivals.forEach((atS, job) => (work[at(atS)] = (work[at(atS)] ?? 0) + (services[job] ?? 0) / spanS));
  const raise = (line: Float64Array, span: number, value: number): void => {
    line[span] = Math.max(line[span] ?? 0, value);
  };
  for (const look of looks) {
    raise(wanted, at(look.atS), look.wanted);
    raise(ready, at(look.atS), look.ready);
    raise(late, at(look.atS), look.headWaitS);
  }
  return Array.from(work, (offered, span) => ({
    offered,
    wanted: wanted[span] ?? 0,
    ready: ready[span] ?? 0,
    headWaitS: late[span] ?? 0,
  }));
}
