import { leastSlots } from './erlang.policy.js';
import { type Rates, ratesOf } from './rates.policy.js';
import { isIdle, shown, type Situation, workersFor } from './situation.policy.js';
import type { Steps } from './steps.policy.js';

/** Stepping down takes more certainty than stepping up: ε is this much smaller. */
const DOWN_CAUTION = 5;

/** What steps up are decided by: the load there is, and the backlog there will be when a new worker is ready. */
export function needNow(steps: Steps, at: Situation): void {
  const { arrivals } = at.reading;
  if (arrivals !== null)
    steadyNeed(steps, at, { perSecond: rates(arrivals, at).steady, share_over: at.config.slo.share_over });
  backlogNeed(steps, at);
}

/** What steps down are decided by: the same with a longer memory of arrivals and more caution. */
export function needBelowWhichNobodyGoes(steps: Steps, at: Situation): void {
  const { arrivals } = at.reading;
  if (arrivals !== null) {
    const perSecond = rates(arrivals, at).cautious;
    steadyNeed(steps, at, { perSecond, share_over: at.config.slo.share_over / DOWN_CAUTION });
  }
  backlogNeed(steps, at);
}

/** A pool in which nothing happened for the idle time has no arrivals, whatever longer windows still hold. */
function rates(arrivals: Parameters<typeof ratesOf>[0], at: Situation): Rates {
  return isIdle(at) ? { now: 0, steady: 0, cautious: 0 } : ratesOf(arrivals);
}

/** The least workers with which Erlang's C formula keeps the promise at this rate of arrivals. */
function steadyNeed(
  steps: Steps,
  at: Situation,
  { perSecond, share_over }: { readonly perSecond: number; readonly share_over: number },
): void {
  const { scv } = at;
  const offered = perSecond * at.service_s;
  const wait_s = at.config.slo.wait_objective_s;
  const slots = leastSlots(
    { offered, service_s: at.service_s, scv },
    { wait_s, share_over },
    slotsWorthLookingAt(at),
  );
  steps.need('steady', workersFor(slots, at), {
    arrivals_per_second: shown(perSecond),
    service_seconds: shown(at.service_s),
    scv: shown(scv),
    offered_slots: shown(offered),
    wait_seconds: wait_s,
    share_over: shown(share_over),
    slots,
  });
}

/**
 * The slots that take the arrivals of now and work off, within the objective, what will be waiting when a worker that starts
 * now is ready. Deferred jobs that are due count as arrivals, unless backends are what they wait for.
 */
function backlogNeed(steps: Steps, at: Situation): void {
  const { queue, arrivals, cold_start, outcomes } = at.reading;
  if (queue === null) return;
  const { service_s, readySlots, startingSlots, config } = at;
  const lead_s = cold_start.p90_s + config.tick_s;
  const due = (outcomes?.no_backend ?? 0) > 0 ? 0 : queue.due;
  const perSecond = arrivals === null ? 0 : ratesOf(arrivals).now;
  const taken = (readySlots / service_s) * lead_s + (0.5 * startingSlots * lead_s) / service_s;
  const backlog = Math.max(0, queue.ready + due + perSecond * lead_s - taken);
  const slots =
    perSecond * service_s + Math.min(backlog, (backlog * service_s) / config.slo.wait_objective_s);
  steps.need('backlog', workersFor(slots, at), {
    waiting_jobs: queue.ready,
    due_jobs: due,
    arrivals_per_second: shown(perSecond),
    lead_seconds: shown(lead_s),
    backlog_jobs: shown(backlog),
    slots: shown(slots),
  });
}

/** Beyond the most workers there may be, by one worker: what is capped is told from what just fits. */
export const slotsWorthLookingAt = ({ config, reading }: Situation): number =>
  (config.max + 1) * config.slots + reading.foreign_slots;
