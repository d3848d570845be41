import { leastSlots } from './erlang.policy.js';
import { slotsWorthLookingAt } from './need.policy.js';
import { idleSeconds, isIdle, shown, type Situation, windowMs, workersFor } from './situation.policy.js';
import type { Steps } from './steps.policy.js';

/** Below what no need goes: a trusted forecast, schedules, orders and `min`. */
export function floors(steps: Steps, at: Situation): void {
  forecastFloor(steps, at);
  const { reading, config } = at;
  steps.floor('schedule', reading.scheduled_floor);
  for (const order of reading.orders) {
    if (order.kind !== 'floor' || order.workers === null) continue;
    steps.floor('order_floor', order.workers, { source: order.source, because: order.because });
  }
  steps.floor('min', config.min);
}

/** A forecast is a floor and never a reason to shrink; one that has not earned trust is only shown. */
function forecastFloor(steps: Steps, at: Situation): void {
  const { forecast } = at.reading;
  if (forecast?.is_trusted !== true) return;
  const { wait_objective_s: wait_s, share_over } = at.config.slo;
  const station = {
    offered: forecast.offered_slots,
    service_s: at.service_s,
    scv: at.scv,
  };
  const slots = leastSlots(station, { wait_s, share_over }, slotsWorthLookingAt(at));
  steps.floor('forecast', workersFor(slots, at), {
    offered_slots: shown(forecast.offered_slots),
    model: forecast.model,
    slots,
  });
}

/** Nobody leaves before the pool has been seen for a whole down-window. */
export function settling(steps: Steps, at: Situation): void {
  const { reading, memory, current } = at;
  const knownMs = reading.now_ms - (memory.since_ms ?? reading.now_ms);
  if (knownMs < windowMs(at)) steps.floor('settling', current, { known_seconds: shown(knownMs / 1_000) });
}

/** The last worker leaves only when nothing has happened for the idle time and nothing is foreseen; the first one comes for a job. */
export function awake(steps: Steps, at: Situation): void {
  const { reading, current } = at;
  if (steps.workers > 0 || reading.foreign_slots > 0) return;
  if (current === 0 && (reading.queue?.ready ?? 0) === 0) return;
  if (!isIdle(at)) steps.floor('not_idle', 1, { idle_seconds: shown(idleSeconds(at)) });
  else if (reading.forecast?.is_trusted === true && reading.forecast.offered_slots > 0) {
    steps.floor('foreseen', 1, { offered_slots: shown(reading.forecast.offered_slots) });
  }
}

/** Nothing waits, runs, is deferred or arrives. Unknown is no quiet. */
export function isQuiet({ queue, arrivals }: Situation['reading']): boolean {
  if (queue === null || arrivals === null) return false;
  return queue.ready + queue.active + queue.deferred === 0 && arrivals.fast === 0;
}

/** Above what no need goes: what backends take, orders, the budget, `max`. None of them goes below `min`. */
export function ceilings(steps: Steps, at: Situation): void {
  const { reading, config } = at;
  const lower = (code: string, workers: number, facts = {}): void =>
    steps.ceiling(code, Math.max(config.min, workers), facts);
  const { max_connections } = reading.backends;
  if (max_connections !== null) {
    lower('backend_connections', Math.max(1, workersFor(max_connections, at)), { max_connections });
  }
  for (const order of reading.orders) {
    if (order.kind !== 'ceiling' || order.workers === null) continue;
    lower('order_ceiling', order.workers, { source: order.source, because: order.because });
  }
  if (reading.budget_workers !== null) lower('budget', reading.budget_workers);
  steps.ceiling('max', config.max);
}
