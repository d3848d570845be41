import { percentile } from '#scripts/loadtest/statistics.js';
import type { Tally } from './tally.js';

/** What one simulation showed. Times in seconds. */
export interface Findings {
  readonly jobs: number;
  /** From the start of starting to gone. */
  readonly workerHours: number;
  /** Part of the slot-seconds paid for that jobs held. */
  readonly utilisation: number;
  readonly p50S: number;
  readonly p95S: number;
  readonly p99S: number;
  readonly maxS: number;
  /** Part of the jobs that waited longer than the objective. */
  readonly over: number;
  /** Ticks in which the number of workers was changed. */
  readonly actions: number;
  /** Actions within five minutes of one the other way. */
  readonly reversals: number;
  readonly killedJobs: number;
  readonly failedJobs: number;
  /** Backend calls that began while backends failed. */
  readonly callsWhileFailing: number;
  /**
   * From the end of the last disturbance until the first in line was for the last time over the objective; without a disturbance the longest
   * time for which it was.
   */
  readonly recoveryS: number;
}

const REVERSAL_S = 300;

export function findingsOf(tally: Tally, slots: number, objectiveS: number): Findings {
  const waits = Array.from(tally.waits.toSorted());
  return {
    jobs: waits.length,
    workerHours: tally.workerS / 3_600,
    utilisation: tally.workerS === 0 ? 0 : tally.busyS / (slots * tally.workerS),
    p50S: percentile(waits, 50),
    p95S: percentile(waits, 95),
    p99S: percentile(waits, 99),
    maxS: waits.at(-1) ?? 0,
    over: waits.length === 0 ? 0 : waits.filter((wait) => wait > objectiveS).length / waits.length,
    actions: tally.actions.length,
    reversals: reversalsOf(tally),
    killedJobs: tally.killedJobs,
    failedJobs: tally.failed,
    callsWhileFailing: tally.callsWhileFailing,
    recoveryS: recoveryOf(tally, objectiveS),
  };
}

function reversalsOf({ actions }: Tally): number {
  return actions.filter(({ atS, isUp }, at) => {
    const before = actions[at - 1];
    return before !== undefined && before.isUp !== isUp && atS - before.atS <= REVERSAL_S;
  }).length;
}

function recoveryOf({ looks, workload }: Tally, objectiveS: number): number {
  const late = looks.filter(({ headWaitS }) => headWaitS > objectiveS);
  const wellS = Math.max(...workload.disturbances.map(({ untilS }) => untilS));
  if (Number.isFinite(wellS)) return Math.max(0, (late.at(-1)?.atS ?? 0) - wellS);
  let [longest, sinceS]: [number, number | null] = [0, null];
  for (const { atS, headWaitS } of looks) {
    if (headWaitS <= objectiveS) sinceS = null;
    else {
      sinceS ??= atS;
      longest = Math.max(longest, atS - sinceS);
    }
  }
  return longest;
}

/** The mean of each figure. */
export function meanOf(all: readonly Findings[]): Findings {
  const mean = (figure: (one: Findings) => number): number =>
    all.reduce((sum, one) => sum + figure(one), 0) / Math.max(1, all.length);
  return {
    jobs: mean(({ jobs }) => jobs),
    workerHours: mean(({ workerHours }) => workerHours),
    utilisation: mean(({ utilisation }) => utilisation),
    p50S: mean(({ p50S }) => p50S),
    p95S: mean(({ p95S }) => p95S),
    p99S: mean(({ p99S }) => p99S),
    maxS: mean(({ maxS }) => maxS),
    over: mean(({ over }) => over),
    actions: mean(({ actions }) => actions),
    reversals: mean(({ reversals }) => reversals),
    killedJobs: mean(({ killedJobs }) => killedJobs),
    failedJobs: mean(({ failedJobs }) => failedJobs),
    callsWhileFailing: mean(({ callsWhileFailing }) => callsWhileFailing),
    recoveryS: mean(({ recoveryS }) => recoveryS),
  };
}
