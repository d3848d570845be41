import type { ScalingMemory } from './scaling.js';
import type { Situation } from './situation.policy.js';

/** More than half again as many jobs as slots: a wave of which nobody knows how long it lasts. */
const SURGE_LOAD = 1.5;
const SEEN_MS = 6_000;
/** Of what is counted in a few seconds, this many standard deviations are not believed. */
const DOUBT = 0.5;

type Line = NonNullable<ScalingMemory['line']>;

/** How many jobs were waiting and running in the last seconds, with this reading; the last one is now. */
export function lineOf({ reading, memory }: Situation): Line {
  const { queue, now_ms } = reading;
  const kept = (memory.line ?? []).filter(([ms]) => ms >= now_ms - SEEN_MS && ms < now_ms);
  return queue === null ? kept : [...kept, [now_ms, queue.ready + queue.active, queue.active]];
}

export function isSurging({ reading, readySlots }: Situation): boolean {
  const { queue } = reading;
  return queue !== null && queue.ready > 0 && queue.ready + queue.active > SURGE_LOAD * readySlots;
}

/**
 * Arrivals per second as the line shows them: what it grew by and what was served meanwhile. Seconds after a wave has begun this
 * says more than a count over twenty seconds.
 */
export function arrivalsBy(line: Line, { service_s, config }: Situation): number {
  const [first, last] = [line[0], line.at(-1)];
  if (first === undefined || last === undefined || line.length < 2) return 0;
  const seconds = Math.max(config.tick_s, (last[0] - first[0]) / 1_000);
  const running = meanOf(line.map(([, , active]) => active));
  const perSecond = Math.max(0, (last[1] - first[1]) / seconds) + running / service_s;
  return Math.max(0, perSecond - DOUBT * Math.sqrt(perSecond / seconds));
}

/** Jobs in the system, as the mean over the last seconds. */
export const crowdOf = (line: Line): number => meanOf(line.map(([, jobs]) => jobs));

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
