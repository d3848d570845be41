import { coldStartsLearnt } from './cold-starts.policy.js';
import { judgeEnds } from './crash.policy.js';
import type { Sight } from './look.js';
import type { DrainsByInstance, PoolState } from './pool-state.js';
import { type Seen, seeInstances } from './see-instances.policy.js';

/** Ticks and three heartbeats after which what is missing may have been missing only meanwhile. */
const BLIND_TICKS = 3;
const HEARTBEATS_MS = 6_000;

export interface LearnTerms {
  readonly spec: string;
  readonly slots: number;
  readonly tick_s: number;
  readonly drains: DrainsByInstance;
}

export interface Learnt {
  readonly seen: Seen;
  readonly state: PoolState;
  readonly crashed: readonly string[];
  /** Whether Redis and the driver both answered: only then is anything done. */
  readonly isWhole: boolean;
  readonly age_s: number;
}

/** What one look adds to what is remembered of a pool. */
export function learn(state: PoolState, sight: Sight, { spec, slots, tick_s, drains }: LearnTerms): Learnt {
  const { now_ms, listed, isFresh } = sight;
  const isWhole = isFresh && listed !== null;
  const blindAfterMs = BLIND_TICKS * tick_s * 1_000 + HEARTBEATS_MS;
  const wasBlind = state.read_ms === null || now_ms - state.read_ms > blindAfterMs;
  const presences = sight.sights?.presences ?? [];
  const seen = seeInstances(
    { now_ms, listed, presences, isFresh, wasBlind, drains, spec, slots },
    state.known,
  );
  const ends = isWhole
    ? judgeEnds(state.crashes, seen.known, { now_ms, listed, drains, spec, wasBlind })
    : { crashes: state.crashes, known: seen.known, crashed: [] };
  // Before the first whole look, age counts from the first look of all.
  const whole_ms = isWhole ? now_ms : (state.whole_ms ?? now_ms);
  return {
    seen,
    crashed: ends.crashed,
    isWhole,
    age_s: Math.max(0, now_ms - whole_ms) / 1_000,
    state: {
      ...state,
      read_ms: isFresh ? now_ms : state.read_ms,
      whole_ms,
      cold_starts_s: coldStartsLearnt(state.cold_starts_s, { before: state.known, now: seen.known }),
      crashes: ends.crashes,
      known: { ...ends.known },
    },
  };
}
