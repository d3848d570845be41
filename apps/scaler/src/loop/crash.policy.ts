import type { DrivenInstance } from '../drivers/driver.js';
import type { CrashState, DrainsByInstance, KnownInstances } from './pool-state.js';

/** Whoever lives for so long after its first heartbeat is well. */
const PROVEN_AFTER_MS = 30_000;
const BACKOFF_MS = 5_000;
/** Longest wait before a start, and how often a quarantined spec is tried. */
const BACKOFF_MS_MAX = 300_000;
const QUARANTINED_AFTER = 3;
const LATELY_MS = 60_000;

export interface Ends {
  readonly crashes: CrashState;
  readonly known: KnownInstances;
  /** Instances that crashed since the last look. */
  readonly crashed: readonly string[];
}

export interface EndsSight {
  readonly now_ms: number;
  readonly listed: readonly DrivenInstance[];
  readonly drains: DrainsByInstance;
  /** What a new instance would be started from. */
  readonly spec: string;
  /** What ended while nothing was seen ended for a reason that nobody saw: Redis was away, and no worker lives without it. */
  readonly wasBlind: boolean;
}

/**
 * Tells crashes (an instance that ended by itself before its first heartbeat, or within 30 s of it) from other ends, each once.
 * After n crashes in a row of what would be started now, nobody is started for 5 s · 2ⁿ⁻¹, at most 5 min; three quarantine it.
 */
export function judgeEnds(state: CrashState, known: KnownInstances, sight: EndsSight): Ends {
  const { now_ms, listed, drains, spec, wasBlind } = sight;
  const ended = listed.filter(({ name, state: is }) => is === 'ended' && known[name]?.is_over === false);
  const crashed = ended
    .filter(({ name, ended: end }) => {
      const up_ms = known[name]?.up_ms ?? null;
      const lived = up_ms === null ? 0 : (end?.at_ms ?? now_ms) - up_ms;
      return !wasBlind && !(name in drains) && lived < PROVEN_AFTER_MS;
    })
    .map(({ name }) => name);
  const over = new Set(ended.map(({ name }) => name));
  const proven = provenNow(known, sight);
  const marked = Object.entries(known).map(([name, one]) => {
    const is_over = one.is_over || over.has(name);
    return [name, { ...one, is_over, is_proven: one.is_proven || proven.has(name) }] as const;
  });
  const isSameSpec = (name: string): boolean => known[name]?.spec === spec;
  const begun = state.spec === spec && ![...proven].some(isSameSpec) ? state : afresh(state, spec);
  const lately_ms = [...begun.lately_ms, ...crashed.map(() => now_ms)].filter(
    (ms) => ms > now_ms - LATELY_MS,
  );
  const counted = crashed.filter(isSameSpec).length;
  return {
    crashes: { ...punished(begun, counted, now_ms), lately_ms },
    known: Object.fromEntries(marked),
    crashed,
  };
}

/** Alive 30 s after its first heartbeat. One whose heartbeats have stopped proves nothing. */
function provenNow(known: KnownInstances, { now_ms, listed }: EndsSight): ReadonlySet<string> {
  const running = listed.filter(({ state }) => state === 'running').map(({ name }) => name);
  return new Set(
    running.filter((name) => {
      const one = known[name];
      if (one === undefined || one.is_proven || one.up_ms === null || one.silent_ms !== null) return false;
      return now_ms - one.up_ms >= PROVEN_AFTER_MS;
    }),
  );
}

const afresh = ({ lately_ms }: CrashState, spec: string): CrashState => ({
  spec,
  in_a_row: 0,
  is_quarantined: false,
  until_ms: 0,
  lately_ms,
});

function punished(state: CrashState, crashes: number, now_ms: number): CrashState {
  if (crashes === 0) return state;
  const in_a_row = state.in_a_row + crashes;
  const is_quarantined = in_a_row >= QUARANTINED_AFTER;
  const backoff = is_quarantined ? BACKOFF_MS_MAX : BACKOFF_MS * 2 ** (in_a_row - 1);
  return { ...state, in_a_row, is_quarantined, until_ms: now_ms + Math.min(backoff, BACKOFF_MS_MAX) };
}

/** How many may be started of those that are wanted: of what is quarantined one at a time, and not while one may still come up. */
export function startsAllowed(
  state: CrashState,
  wanted: number,
  { now_ms, known }: { now_ms: number; known: KnownInstances },
): number {
  if (now_ms < state.until_ms) return 0;
  if (!state.is_quarantined) return wanted;
  const isBeingTried = Object.values(known).some(
    ({ spec, is_proven, is_over }) => spec === state.spec && !is_proven && !is_over,
  );
  return isBeingTried ? 0 : Math.min(wanted, 1);
}

/** After a start from what is quarantined, the next one has to wait. */
export const tried = (state: CrashState, starts: number, now_ms: number): CrashState =>
  state.is_quarantined && starts > 0 ? { ...state, until_ms: now_ms + BACKOFF_MS_MAX } : state;

/** A sentence while crashes keep instances from being started. */
export function crashTrouble({ in_a_row, is_quarantined, until_ms }: CrashState, now_ms: number): string[] {
  if (is_quarantined) {
    return [
      `New instances crash at start (${in_a_row} in a row): quarantined, with one try every 5 minutes until one lives for 30 s or is started from something else.`,
    ];
  }
  if (in_a_row === 0 || now_ms >= until_ms) return [];
  return [
    `New instances crash at start (${in_a_row} in a row): the next one waits ${seconds(until_ms - now_ms)} s.`,
  ];
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);
