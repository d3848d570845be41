import { leastSlots } from '../../../apps/scaler/src/policy/erlang.policy.js';
import type { PoolReading } from '../../../apps/scaler/src/policy/scaling.js';
import type { Workload } from '../workload.js';
import { type Scaler, type Terms, within } from './scaler.js';

const COOLDOWN_S = 30;
const USE_LEAST = 0.5;

/** One more while jobs wait, one less while under half of the slots are in use; at most every 30 s. */
export function plusMinusOne(terms: Terms): Scaler {
  let desired = terms.min;
  let actedMs = -Infinity;
  const step = ({ queue, now_ms: nowMs }: PoolReading): void => {
    if (queue === null || nowMs - actedMs < COOLDOWN_S * 1_000) return;
    const isShort = queue.ready > 0;
    const isIdle = queue.active < USE_LEAST * desired * terms.slots;
    if (isShort === isIdle && desired > 0) return;
    const next = within(terms, desired + (isShort ? 1 : -1));
    if (next !== desired) actedMs = nowMs;
    desired = next;
  };
  return {
    isWoken: true,
    desire: (reading) => {
      step(reading);
      return { desired };
    },
  };
}

/** The same number all the time. */
export const fixed = (workers: number): Scaler => ({ isWoken: false, desire: () => ({ desired: workers }) });

/** Workers that keep the promise through the busiest minute of the workload, by Erlang's formula. */
export function peakFleet({ arrivals, services, horizonS }: Workload, terms: Terms): number {
  const spanS = 60;
  const work = new Float64Array(Math.ceil(horizonS / spanS));
  arrivals.forEach((atS, job) => {
    const span = Math.floor(atS / spanS);
    work[span] = (work[span] ?? 0) + (services[job] ?? 0);
  });
  const offered = work.reduce((most, sum) => Math.max(most, sum / spanS), 0);
  const service_s = services.reduce((sum, one) => sum + one, 0) / Math.max(1, services.length);
  const promise = { wait_s: terms.objectiveS, share_over: 0.05 };
  const slots = leastSlots({ offered, service_s, scv: 1 }, promise, terms.max * terms.slots);
  return Math.ceil(slots / terms.slots);
}
