import { leastSlots } from './erlang.policy.js';
import { arrivalsBy, crowdOf, isSurging } from './line.policy.js';
import type { ScalingMemory } from './scaling.js';
import { shown, type Situation, slotsIn, workersFor } from './situation.policy.js';
import type { Steps } from './steps.policy.js';

type Line = NonNullable<ScalingMemory['line']>;

/** When a new worker is ready, the head of the line has used up its objective: so much of it may working off the line take. */
const DRAIN_SHARE = 0.2;
/** Slots for each job in a surge: it may go on growing, and sizes of jobs may, too. */
const CROWD_ROOM = 1.2;

/** What steps up are decided by: the load there is, and the line there will be when a new worker is ready. */
export function needNow(steps: Steps, at: Situation, line: Line): void {
  const { arrivals } = at.reading;
  const fast = arrivals?.fast ?? 0;
  const perSecond = isSurging(at) ? Math.max(fast, arrivalsBy(line, at)) : fast;
  steadyNeed(steps, at);
  if (perSecond > fast) steps.need('surge', workersFor(leastAt(perSecond, at), at), rateFacts(perSecond, at));
  backlogNeed(steps, at, perSecond);
  if (isSurging(at)) {
    const jobs = crowdOf(line);
    steps.need('crowd', workersFor(CROWD_ROOM * jobs, at), { jobs: shown(jobs) });
  }
}

/** The least workers with which Erlang's C formula keeps the promise at the rate of arrivals of the last 20 s. */
export function steadyNeed(steps: Steps, at: Situation): void {
  const { arrivals } = at.reading;
  if (arrivals === null) return;
  const slots = leastAt(arrivals.fast, at);
  steps.need('steady', workersFor(slots, at), { ...rateFacts(arrivals.fast, at), slots });
}

function leastAt(perSecond: number, at: Situation): number {
  const { service_s, scv, config } = at;
  const { wait_objective_s: wait_s, share_over } = config.slo;
  const station = { offered: perSecond * service_s, service_s, scv };
  return leastSlots(station, { wait_s, share_over }, slotsWorthLookingAt(at));
}

const rateFacts = (perSecond: number, { service_s, scv, config }: Situation) => ({
  arrivals_per_second: shown(perSecond),
  service_seconds: shown(service_s),
  scv: shown(scv),
  offered_slots: shown(perSecond * service_s),
  wait_seconds: config.slo.wait_objective_s,
  share_over: shown(config.slo.share_over),
});

/**
 * The slots that work off, within a part of the objective, what will be waiting when a worker that starts now is ready. n slots
 * take the n first jobs at once and then n in a service time, so a line of B is gone after S·(B − n)/n. Deferred jobs that are due
 * count as waiting, unless backends are what they wait for.
 */
function backlogNeed(steps: Steps, at: Situation, perSecond: number): void {
  const { queue, cold_start, outcomes } = at.reading;
  if (queue === null) return;
  const { service_s, readySlots, startingSlots, config } = at;
  const lead_s = cold_start.p90_s + config.tick_s;
  const due = (outcomes?.no_backend ?? 0) > 0 ? 0 : queue.due;
  const backlog = Math.max(0, queue.ready + due + perSecond * lead_s - takenWithin(lead_s, at));
  const jobs = backlog === 0 ? 0 : backlog + readySlots + startingSlots;
  const slots = (jobs * service_s) / (DRAIN_SHARE * config.slo.wait_objective_s + service_s);
  steps.need('backlog', workersFor(slots, at), {
    waiting_jobs: queue.ready,
    due_jobs: due,
    arrivals_per_second: shown(perSecond),
    lead_seconds: shown(lead_s),
    backlog_jobs: shown(backlog),
    slots: shown(slots),
  });
}

/** Jobs that the workers there are begin within the lead: starting ones from when they will be ready, and then with empty slots. */
function takenWithin(
  lead_s: number,
  { instances, reading, config, readySlots, service_s }: Situation,
): number {
  const { now_ms, cold_start } = reading;
  return instances
    .filter(({ state }) => state === 'starting')
    .reduce(
      (sum, instance) => {
        const left_s = Math.max(0, cold_start.p90_s - (now_ms - instance.born_ms) / 1_000);
        return sum + slotsIn(instance, config) * (1 + Math.max(0, lead_s - left_s) / service_s);
      },
      (readySlots * lead_s) / service_s,
    );
}

/** Beyond the most workers there may be, by one worker: what is capped is told from what just fits. */
export const slotsWorthLookingAt = ({ config, reading }: Situation): number =>
  (config.max + 1) * config.slots + reading.foreign_slots;
