import { awake, ceilings, floors } from './bounds.policy.js';
import { guardCeiling, guardOf, isFreezing } from './guard.policy.js';
import { needBelowWhichNobodyGoes, needNow } from './need.policy.js';
import type { ScalingMemory } from './scaling.js';
import { shown, type Situation } from './situation.policy.js';
import { Steps } from './steps.policy.js';

const SURGE_LOAD = 1.5;
const UP_WITHIN_MS = 15_000;
const UP_AT_LEAST = 4;
const DOWN_WITHIN_MS = 60_000;
const COLD_STARTS_IN_WINDOW = 3;

type Learned = Required<Pick<ScalingMemory, 'peaks' | 'surge_until_ms' | 'guard'>>;

/** As few workers as keep the promise about waiting: up at once, down slowly. Answers what it remembers. */
export function slo(steps: Steps, at: Situation): Learned {
  const learned = { peaks: peaksOf(at), surge_until_ms: surgeOf(at), guard: guardOf(at) };
  needNow(steps, at);
  floors(steps, at);
  awake(steps, at);
  if (steps.workers < at.current) downSlowly(steps, at, learned);
  ceilings(steps, at);
  guardCeiling(steps, learned.guard, at);
  upLimit(steps, at);
  return learned;
}

/** More than half again as much work as slots: a wave of which nobody knows how long it lasts. */
function surgeOf({ reading, memory, readySlots, config }: Situation): number | null {
  const { queue, now_ms } = reading;
  const isSurging = queue !== null && queue.active + queue.ready > SURGE_LOAD * readySlots;
  if (isSurging) return now_ms + config.slo.surge_freeze_s * 1_000;
  const until = memory.surge_until_ms ?? null;
  return until !== null && until > now_ms ? until : null;
}

const windowMs = ({ config, reading }: Situation): number =>
  Math.max(config.slo.down_window_s, COLD_STARTS_IN_WINDOW * reading.cold_start.p90_s) * 1_000;

/** The needs of the down-window of which no later one was as great; the first is the greatest. */
function peaksOf(at: Situation): NonNullable<ScalingMemory['peaks']> {
  const { now_ms } = at.reading;
  const kept = (at.memory.peaks ?? []).filter(([ms]) => ms > now_ms - windowMs(at));
  if (at.sight !== 'fresh') return kept;
  const cautious = new Steps();
  needBelowWhichNobodyGoes(cautious, at);
  floors(cautious, at);
  return [...kept.filter(([, workers]) => workers > cautious.workers), [now_ms, cautious.workers]];
}

/** To the greatest need of the down-window, a part of the workers a minute, and not at all while something is unclear. */
function downSlowly(steps: Steps, at: Situation, { peaks, surge_until_ms, guard }: Learned): void {
  const { reading, config, memory, current } = at;
  const hold = (code: string, facts = {}): void => steps.floor(code, current, facts);
  if (at.sight === 'stale') hold('stale', { age_seconds: shown(reading.age_s) });
  if (surge_until_ms !== null) {
    hold('surge', { seconds_left: shown((surge_until_ms - reading.now_ms) / 1_000) });
  }
  if (isFreezing(guard, at)) hold('guard_keeps');
  const knownFor = reading.now_ms - (memory.since_ms ?? reading.now_ms);
  if (knownFor < windowMs(at)) hold('settling', { known_seconds: shown(knownFor / 1_000) });
  const peak = peaks[0]?.[1] ?? current;
  steps.floor('down_window', Math.min(current, peak), { window_seconds: windowMs(at) / 1_000 });
  const most = Math.max(current, ...countsWithin(at, DOWN_WITHIN_MS));
  const leaving = Math.max(1, Math.floor(most * config.slo.down_share));
  steps.floor('down_limit', Math.min(current, most - leaving), { workers_a_minute: leaving });
}

/** At most twice as many as there were 15 s ago, or four more. */
function upLimit(steps: Steps, at: Situation): void {
  const base = Math.min(at.current, ...countsWithin(at, UP_WITHIN_MS));
  steps.ceiling('up_limit', Math.max(at.current, 2 * base, base + UP_AT_LEAST), { workers_before: base });
}

/** How many workers there were at any moment of the last so many milliseconds. */
function countsWithin({ memory, reading }: Situation, ms: number): number[] {
  const counts = memory.counts ?? [];
  return counts.flatMap(([, workers], index) => {
    const end = counts[index + 1]?.[0] ?? reading.now_ms;
    return end >= reading.now_ms - ms ? [workers] : [];
  });
}
