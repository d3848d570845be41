import { awake, ceilings, floors, settling } from './bounds.policy.js';
import { guardCeiling, guardOf, isFreezing } from './guard.policy.js';
import { needBelowWhichNobodyGoes, needNow } from './need.policy.js';
import type { ScalingMemory } from './scaling.js';
import { isIdle, shown, type Situation, windowMs } from './situation.policy.js';
import { Steps } from './steps.policy.js';

const SURGE_LOAD = 1.5;
const UP_TIMES = 8;
const UP_AT_LEAST = 16;
/** So many times as many workers do not wait until those that were ordered last are ready. */
const UP_AGAIN = 2;

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
  upInFewSteps(steps, at);
  upLimit(steps, at);
  return learned;
}

/** More than half again as much work as slots: a wave of which nobody knows how long it lasts. */
function surgeOf({ reading, memory, readySlots, config }: Situation): number | null {
  const { queue, now_ms } = reading;
  // Before the first worker is ready, a single job would be one.
  const isSurging = queue !== null && readySlots > 0 && queue.active + queue.ready > SURGE_LOAD * readySlots;
  if (isSurging) return now_ms + config.slo.surge_freeze_s * 1_000;
  const until = memory.surge_until_ms ?? null;
  return until !== null && until > now_ms ? until : null;
}

/** The needs of the down-window of which no later one was as great; the first is the greatest. */
function peaksOf(at: Situation): NonNullable<ScalingMemory['peaks']> {
  const { now_ms } = at.reading;
  if (isIdle(at)) return [];
  const kept = (at.memory.peaks ?? []).filter(([ms]) => ms > now_ms - windowMs(at));
  if (at.sight !== 'fresh') return kept;
  const cautious = new Steps();
  needBelowWhichNobodyGoes(cautious, at);
  floors(cautious, at);
  return [...kept.filter(([, workers]) => workers > cautious.workers), [now_ms, cautious.workers]];
}

/** To the greatest need of the down-window, once in such a window, and not at all while something is unclear. */
function downSlowly(steps: Steps, at: Situation, { peaks, surge_until_ms, guard }: Learned): void {
  const { reading, current } = at;
  const hold = (code: string, facts = {}): void => steps.floor(code, current, facts);
  if (at.sight === 'stale') hold('stale', { age_seconds: shown(reading.age_s) });
  if (surge_until_ms !== null) {
    hold('surge', { seconds_left: shown((surge_until_ms - reading.now_ms) / 1_000) });
  }
  if (isFreezing(guard, at)) hold('guard_keeps');
  settling(steps, at);
  const rested = restedMs(at);
  if (rested < windowMs(at)) hold('rest', { rested_seconds: shown(rested / 1_000) });
  const peak = peaks[0]?.[1] ?? (isIdle(at) ? 0 : current);
  steps.floor('down_window', Math.min(current, peak), { window_seconds: windowMs(at) / 1_000 });
}

const restedMs = ({ memory, reading }: Situation): number =>
  memory.acted_ms === undefined ? Infinity : reading.now_ms - memory.acted_ms;

/** Within a cold start of the last step only a need that is twice as great is another step: the workers of the last are on their way. */
function upInFewSteps(steps: Steps, at: Situation): void {
  const { reading, config, current } = at;
  const isSoon = restedMs(at) < reading.cold_start.p90_s * 1_000;
  if (!isSoon || steps.workers >= UP_AGAIN * current) return;
  steps.ceiling('on_their_way', Math.max(config.min, current));
}

/** At most eight times as many as there were 15 s ago, or sixteen more. */
function upLimit(steps: Steps, at: Situation): void {
  const base = Math.min(at.current, ...(at.memory.counts ?? []).map(([, workers]) => workers));
  steps.ceiling('up_limit', Math.max(at.current, UP_TIMES * base, base + UP_AT_LEAST), {
    workers_before: base,
  });
}
