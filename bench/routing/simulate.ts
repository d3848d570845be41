import { createDice } from '../../apps/worker/src/backends/simulator/dice.js';
import { Fleet } from './fleet.js';
import { type Job, jobsOf } from './job.js';
import type { Plan } from './plan.js';
import { offeredPerSecond, type Scenario } from './scenario.js';
import { SimulatedWorker } from './simulated-worker.js';
import { Tally } from './tally.js';
import { VirtualTime } from './virtual-time.js';

/** What the workers believe of a backend at the end, as the mean of those who know anything. */
export interface Learnt {
  readonly backend: string;
  readonly capacity: number | null;
  readonly baseLatencyMs: number | null;
}

export interface Simulated {
  readonly tally: Tally;
  readonly learnt: readonly Learnt[];
}

/** The same arguments give the same result. Arrivals and lengths of calls depend on the seed, not on the plan. */
export function simulate(scenario: Scenario, plan: Plan, seed: number): Simulated {
  const time = new VirtualTime();
  const tally = new Tally();
  const fleet = new Fleet(scenario, time, seed);
  const turns = createDice(seed, -100);
  const workers = Array.from(
    { length: scenario.workers },
    (_, at) => new SimulatedWorker(at, fleet, plan, tally, Math.floor(turns() * 1_000)),
  );
  const queue: Job[] = [];
  const take = (): void => {
    const idle = workers.filter(({ hasRoom }) => hasRoom);
    const [job] = queue;
    if (job === undefined || idle.length === 0) return;
    queue.shift();
    idle[Math.floor(job.dice() * idle.length)]?.run(job, take);
    take();
  };
  for (const job of jobsOf(scenario, offeredPerSecond(scenario), seed))
    time.in(job.arrivedMs, () => {
      queue.push(job);
      take();
    });
  time.runUntil(scenario.seconds * 1_000 + scenario.deadlineMs);
  return { tally, learnt: scenario.backends.map(({ id }) => learntOf(id, workers)) };
}

function learntOf(backend: string, workers: readonly SimulatedWorker[]): Learnt {
  const all = workers.map((worker) => worker.learnt(backend));
  return {
    backend,
    capacity: meanOfKnown(all.map(({ capacity }) => capacity)),
    baseLatencyMs: meanOfKnown(all.map(({ baseLatencyMs }) => baseLatencyMs)),
  };
}

function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
