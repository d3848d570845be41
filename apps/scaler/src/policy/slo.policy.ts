import { awake, ceilings, floors, idleSeconds } from './bounds.policy.js';
import { guardCeiling, guardOf, isFreezing } from './guard.policy.js';
import { lineOf } from './line.policy.js';
import { needNow, steadyNeed } from './need.policy.js';
import type { ScalingMemory } from './scaling.js';
import { shown, type Situation, workersFor } from './situation.policy.js';
import { Steps } from './steps.policy.js';

const UP_WITHIN_MS = 15_000;
const UP_TIMES = 8;
const UP_AT_LEAST = 16;
/** Soon after a step up only a need this many times as great as what there is makes another one. */
const UP_AGAIN_TIMES = 2;
const DOWN_EVERY_MS = 60_000;
const COLD_STARTS_IN_WINDOW = 3;

type Peaks = NonNullable<ScalingMemory['peaks']>;
type Learned = Required<Pick<ScalingMemory, 'line' | 'peaks' | 'recent' | 'guard' | 'service'>>;

/** As few workers as keep the promise about waiting: up at once, down slowly. Answers what it remembers. */
export function slo(steps: Steps, at: Situation): Learned {
  const line = lineOf(at);
  needNow(steps, at, line);
  const { service_s: mean_s, scv } = at;
  const learned: Learned = {
    line,
    peaks: peaksOf(at),
    recent: withPeak(at.memory.recent, at, {
      workers: steps.workers,
      keptMs: surgeMs(at),
    }),
    guard: guardOf(at),
    service: at.reading.service === null ? (at.memory.service ?? null) : { mean_s, scv },
  };
  if (steps.workers > at.current) awaitStarted(steps, at);
  floors(steps, at);
  awake(steps, at);
  if (steps.workers < at.current) downSlowly(steps, at, learned);
  ceilings(steps, at);
  guardCeiling(steps, learned.guard, at);
  upLimit(steps, at);
  return learned;
}

/** Those that were started a moment ago are not ready yet; until they can be, only a need twice as great adds to them. */
function awaitStarted(steps: Steps, { reading, memory, current, config }: Situation): void {
  const since_s = (reading.now_ms - (memory.raised_ms ?? -Infinity)) / 1_000;
  if (since_s >= reading.cold_start.p90_s + config.tick_s) return;
  if (steps.workers >= UP_AGAIN_TIMES * current) return;
  steps.ceiling('awaits_started', current, { raised_seconds_ago: shown(since_s) });
}

const windowMs = ({ config, reading }: Situation): number =>
  Math.max(config.slo.down_window_s, COLD_STARTS_IN_WINDOW * reading.cold_start.p90_s) * 1_000;

const surgeMs = ({ config }: Situation): number => config.slo.surge_freeze_s * 1_000;

/** What the load needed in the down-window. */
function peaksOf(at: Situation): Peaks {
  const keptMs = windowMs(at);
  if (at.sight !== 'fresh') return keptOf(at.memory.peaks, at, keptMs);
  const need = new Steps();
  steadyNeed(need, at);
  floors(need, at);
  return withPeak(at.memory.peaks, at, { workers: need.workers, keptMs });
}

/** Those of which no later one is as great, with the one of now; the first is the greatest. */
function withPeak(
  peaks: Peaks | undefined,
  at: Situation,
  { workers, keptMs }: { readonly workers: number; readonly keptMs: number },
): Peaks {
  return [...keptOf(peaks, at, keptMs).filter(([, one]) => one > workers), [at.reading.now_ms, workers]];
}

const keptOf = (peaks: Peaks | undefined, { reading }: Situation, keptMs: number): Peaks =>
  (peaks ?? []).filter(([ms]) => ms > reading.now_ms - keptMs);

/**
 * To what the load needed in the down-window, and all that was needed lately; at most a part of the workers, once a minute, and not at all
 * while something is unclear. What nobody has used for the idle time goes at once.
 */
function downSlowly(steps: Steps, at: Situation, { peaks, recent, guard }: Learned): void {
  const { reading, config, memory, current } = at;
  const hold = (code: string, facts = {}): void => steps.floor(code, current, facts);
  if (at.sight === 'stale') hold('stale', { age_seconds: shown(reading.age_s) });
  if (isFreezing(guard, at)) hold('guard_keeps');
  if (steps.workers === 0 && idleSeconds(at) >= config.slo.idle_s) return;
  const knownFor = reading.now_ms - (memory.since_ms ?? reading.now_ms);
  if (knownFor < windowMs(at)) hold('settling', { known_seconds: shown(knownFor / 1_000) });
  const lowered = reading.now_ms - (memory.lowered_ms ?? -Infinity);
  if (lowered < Math.min(DOWN_EVERY_MS, windowMs(at)))
    hold('lowered', { seconds_ago: shown(lowered / 1_000) });
  if (isFalling(at)) hold('falling');
  const peak = Math.max(peaks[0]?.[1] ?? current, recent[0]?.[1] ?? 0);
  steps.floor('down_window', Math.min(current, peak), { window_seconds: windowMs(at) / 1_000 });
  const { ready, active } = reading.queue ?? { ready: 0, active: 0 };
  steps.floor('in_use', Math.min(current, workersFor(ready + active, at)), { jobs: ready + active });
  const leaving = Math.max(1, Math.floor(current * config.slo.down_share));
  steps.floor('down_limit', current - leaving, { workers_at_once: leaving });
}

/**
 * Less was needed in the later half of the window than in the first, so more can leave together soon: it is waited for where most
 * would stay, or where nothing was needed at last. Only by what was remembered: no load of now may take workers away that less
 * load would keep.
 */
function isFalling(at: Situation): boolean {
  const { peaks, recent } = at.memory;
  const [peaksMs, recentMs] = [windowMs(at), surgeMs(at)];
  const whole = Math.max(greatest(peaks, at, peaksMs), greatest(recent, at, recentMs));
  const half = Math.max(greatest(peaks, at, peaksMs / 2), greatest(recent, at, recentMs / 2));
  if (half >= whole) return false;
  return 2 * whole > at.current || peaks?.at(-1)?.[1] === 0;
}

const greatest = (peaks: Peaks | undefined, at: Situation, keptMs: number): number =>
  keptOf(peaks, at, keptMs)[0]?.[1] ?? 0;

/** At most eight times as many as there were 15 s ago, or sixteen more. */
function upLimit(steps: Steps, at: Situation): void {
  const base = Math.min(at.current, ...countsWithin(at, UP_WITHIN_MS));
  const most = Math.max(at.current, UP_TIMES * base, base + UP_AT_LEAST);
  steps.ceiling('up_limit', most, { workers_before: base });
}

/** How many workers there were at any moment of the last so many milliseconds. */
function countsWithin({ memory, reading }: Situation, ms: number): number[] {
  const counts = memory.counts ?? [];
  return counts.flatMap(([, workers], index) => {
    const end = counts[index + 1]?.[0] ?? reading.now_ms;
    return end >= reading.now_ms - ms ? [workers] : [];
  });
}
