import type { Fleet, Steps } from './fleet.js';
import type { JobLine } from './job-line.js';
import type { SimWorker } from './sim-worker.js';
import type { Workload } from './workload.js';

/** The pool at one tick, for the chart and for how long the line was late. */
export interface Look {
  readonly atS: number;
  readonly wanted: number;
  readonly ready: number;
  /** Workers that cost: all that are not gone. */
  readonly paid: number;
  readonly headWaitS: number;
}

/** Everything that happened in a simulation. */
export class Tally {
  /** How long each job waited for its first attempt, in seconds; of one that never began, until the end of the simulation. */
  readonly waits: Float64Array;
  readonly looks: Look[] = [];
  /** Ticks in which the number of workers was changed: the time, and whether up. */
  readonly actions: { readonly atS: number; readonly isUp: boolean }[] = [];
  succeeded = 0;
  failed = 0;
  /** Backend calls that began while backends failed. */
  callsWhileFailing = 0;
  killedJobs = 0;
  badStarts = 0;
  /** Slot-seconds that jobs held. */
  busyS = 0;
  /** Seconds from start to gone, of all workers. */
  workerS = 0;
  /** Jobs that wait, run or are to come back when it ends. */
  left = { waiting: 0, running: 0, deferred: 0 };

  constructor(readonly workload: Workload) {
    this.waits = new Float64Array(workload.arrivals.length).fill(-1);
  }

  stepped(atS: number, { up, down }: Steps): void {
    if (up + down > 0) this.actions.push({ atS, isUp: up > 0 });
  }

  look(look: Look): void {
    this.looks.push(look);
  }

  close(line: JobLine, fleet: Fleet, deferred: number): void {
    const { horizonS, arrivals } = this.workload;
    this.left = { waiting: line.length, running: fleet.active, deferred };
    for (let job = 0; job < arrivals.length; job += 1)
      if ((this.waits[job] ?? 0) < 0) this.waits[job] = horizonS - (arrivals[job] ?? 0);
    const lived = ({ bornS, goneS }: SimWorker): number => Math.min(goneS, horizonS) - bornS;
    this.workerS = [...fleet.workers, ...fleet.gone].reduce((sum, worker) => sum + lived(worker), 0);
  }
}
