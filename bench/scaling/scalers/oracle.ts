import { startMs, type Workload } from '../workload.js';
import { type Scaler, type Terms, within } from './scaler.js';

/**
 * Knows all arrivals and how long they will take. Keeps the least fleet for what would be busy with endless slots, as the mean over
 * half the wait objective, at any moment of the coming cold start. Not a rule anybody could have: a mark for the others.
 */
export function oracle(workload: Workload, terms: Terms): Scaler {
  const busy = busyBySecond(workload);
  const spanS = Math.max(1, Math.round(terms.objectiveS / 2));
  const leadS = Math.ceil(1.2 * terms.coldStartS + terms.tickS);
  const sums = new Float64Array(busy.length + 1);
  busy.forEach((slots, second) => (sums[second + 1] = (sums[second] ?? 0) + slots));
  const meanFrom = (second: number): number => {
    const until = Math.min(busy.length, second + spanS);
    return until <= second ? 0 : ((sums[until] ?? 0) - (sums[second] ?? 0)) / (until - second);
  };
  return {
    isWoken: true,
    desire: ({ now_ms, queue }) => {
      const nowS = Math.round((now_ms - startMs(workload)) / 1_000);
      let slots = queue?.active ?? 0;
      for (let second = nowS; second <= nowS + leadS; second += 1) slots = Math.max(slots, meanFrom(second));
      return { desired: within(terms, Math.ceil(slots / terms.slots - 1e-9)) };
    },
  };
}

/** How many slots would be busy in each second if there were always a free one. */
function busyBySecond({ arrivals, services, horizonS }: Workload): Float64Array {
  const changes = new Float64Array(Math.ceil(horizonS) + 1);
  arrivals.forEach((atS, job) => {
    spread(changes, atS, 1);
    spread(changes, atS + (services[job] ?? 0), -1);
  });
  for (let second = 1; second < changes.length; second += 1)
    changes[second] = (changes[second] ?? 0) + (changes[second - 1] ?? 0);
  return changes;
}

/** A change in the middle of a second counts for the rest of that second only in part. */
function spread(changes: Float64Array, atS: number, by: number): void {
  const second = Math.floor(atS);
  const rest = second + 1 - atS;
  if (second < changes.length) changes[second] = (changes[second] ?? 0) + by * rest;
  if (second + 1 < changes.length) changes[second + 1] = (changes[second + 1] ?? 0) + by * (1 - rest);
}
