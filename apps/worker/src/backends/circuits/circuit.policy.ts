import type { CircuitSlice, CircuitState } from '#common/contracts/circuit.js';
import type { CallOutcome } from '../backend.js';

type Closed = Extract<CircuitState, { kind: 'closed' }>;

/** What was heard of a backend under one model. `at` is the number of the slice in which it was heard. */
export type Report =
  | { readonly kind: 'succeeded'; readonly at: number; readonly count: number }
  /** Successes from before the failures that made the circuit known: they count, and end no streak. */
  | { readonly kind: 'earlier'; readonly at: number; readonly count: number }
  | { readonly kind: 'failed'; readonly at: number; readonly count: number; readonly isConnection: boolean }
  | {
      readonly kind: 'probed';
      readonly at: number;
      readonly by: string;
      readonly result: 'alive' | 'failed' | 'given-back';
    };

/** `openMs`: so long to wait before it is worth looking again. */
export type Availability = 'closed' | 'due' | { readonly openMs: number };

export const SLICE_MS = 5_000;
export const SLICES = 6;
export const CALLS_MIN = 20;
export const CONNECTION_ERRORS_MAX = 5;
export const OPEN_MS = 10_000;
export const OPEN_MS_MAX = 120_000;
export const PROBE_MS_MAX = 30_000;
/** Circuits that nobody has probed for so long after they were due are forgotten: nobody asks for that model any more. */
export const UNASKED_MS_MAX = 10 * 60_000;

const FAILED_SHARE = 0.5;
const JITTER = 0.2;
/** A probe may end at any moment. */
const LOOK_AGAIN_MS = 1_000;

export const HEALTHY: Closed = { kind: 'closed', slices: [], streak: 0 };

/** Not worth remembering. */
export const isHealthy = (state: CircuitState): boolean => state.kind === 'closed' && !hasFailures(state);

export const sliceOf = (nowMs: number): number => Math.floor(nowMs / SLICE_MS);

/** Whether calls of slice `at` still count. */
export const isInWindow = (at: number, nowMs: number): boolean => at > sliceOf(nowMs) - SLICES;

/** What an outcome says about the backend, in slice `at`; null when it says nothing. `by` names the prober, if it was a probe. */
export function reportOf(outcome: CallOutcome, at: number, by: string | null): Report | null {
  if (by !== null) return { kind: 'probed', at, by, result: probeResult(outcome) };
  switch (outcome.kind) {
    case 'completed':
    case 'refused':
      return { kind: 'succeeded', at, count: 1 };
    case 'unavailable':
      return { kind: 'failed', at, count: 1, isConnection: outcome.because === 'connection' };
    case 'garbled':
      return { kind: 'failed', at, count: 1, isConnection: false };
    case 'throttled':
    case 'aborted':
      return null;
  }
}

/** `dice` is in [0, 1), as everywhere here. */
export function observe(state: CircuitState, report: Report, nowMs: number, dice: number): CircuitState {
  const current = tick(state, nowMs, dice);
  if (report.kind === 'probed') return afterProbe(current, report, nowMs, dice);
  // While it is not closed, all but the probe are calls from before it opened.
  if (current.kind !== 'closed' || !isInWindow(report.at, nowMs)) return current;
  const counted = count(current, report);
  return isTooBad(counted) ? opened(1, nowMs, dice) : counted;
}

/** Half-open, with `by` as the only one who may call; null unless the circuit is due. */
export function claimProbe(state: CircuitState, by: string, nowMs: number): CircuitState | null {
  if (state.kind !== 'open' || availability(state, nowMs) !== 'due') return null;
  return { kind: 'half-open', openings: state.openings, probe: { by, until_ms: nowMs + PROBE_MS_MAX } };
}

/** Somebody found the backend alive: an open circuit is due now, but no sooner than after its shortest time. */
export function hurry(state: CircuitState, nowMs: number): CircuitState {
  if (state.kind !== 'open') return state;
  const untilMs = Math.max(nowMs, state.since_ms + OPEN_MS);
  return untilMs < state.until_ms ? { ...state, until_ms: untilMs } : state;
}

/** What time alone has made of it. */
export function tick(state: CircuitState, nowMs: number, dice: number): CircuitState {
  switch (state.kind) {
    case 'closed':
      return pruned(state, nowMs);
    case 'open':
      return nowMs >= state.until_ms + UNASKED_MS_MAX ? HEALTHY : state;
    case 'half-open': {
      const { by, until_ms: untilMs } = state.probe;
      return nowMs < untilMs ? state : opened(state.openings + 1, untilMs, dice, by);
    }
  }
}

export function availability(state: CircuitState, nowMs: number): Availability {
  switch (state.kind) {
    case 'closed':
      return 'closed';
    case 'open':
      return nowMs >= state.until_ms ? 'due' : { openMs: state.until_ms - nowMs };
    case 'half-open':
      return { openMs: LOOK_AGAIN_MS };
  }
}

function probeResult(outcome: CallOutcome): 'alive' | 'failed' | 'given-back' {
  switch (outcome.kind) {
    case 'completed':
    case 'refused':
    case 'throttled':
      return 'alive';
    case 'unavailable':
    case 'garbled':
      return 'failed';
    case 'aborted':
      return 'given-back';
  }
}

function afterProbe(
  state: CircuitState,
  { by, result }: Extract<Report, { kind: 'probed' }>,
  nowMs: number,
  dice: number,
): CircuitState {
  // A late success is proof of life all the same. Models whose answers take longer than a probe may would never come back.
  if (state.kind === 'open' && state.lapsed === by && result === 'alive') return HEALTHY;
  if (state.kind !== 'half-open' || state.probe.by !== by) return state;
  switch (result) {
    case 'alive':
      return HEALTHY;
    case 'failed':
      return opened(state.openings + 1, nowMs, dice);
    case 'given-back':
      return { kind: 'open', openings: state.openings, since_ms: nowMs, until_ms: nowMs, lapsed: null };
  }
}

function opened(openings: number, nowMs: number, dice: number, lapsed: string | null = null): CircuitState {
  const jittered = OPEN_MS * 2 ** Math.min(openings - 1, 10) * (1 - JITTER + 2 * JITTER * dice);
  const untilMs = nowMs + Math.round(Math.min(OPEN_MS_MAX, jittered));
  return { kind: 'open', openings, since_ms: nowMs, until_ms: untilMs, lapsed };
}

function count(state: Closed, report: Exclude<Report, { kind: 'probed' }>): Closed {
  const isFailure = report.kind === 'failed';
  const empty: CircuitSlice = { at: report.at, succeeded: 0, failed: 0 };
  const slice = state.slices.find(({ at }) => at === report.at) ?? empty;
  const counted = isFailure
    ? { ...slice, failed: slice.failed + report.count }
    : { ...slice, succeeded: slice.succeeded + report.count };
  const slices = [...state.slices.filter(({ at }) => at !== report.at), counted];
  if (report.kind === 'earlier') return { ...state, slices };
  return {
    kind: 'closed',
    slices,
    streak: isFailure && report.isConnection ? state.streak + report.count : 0,
  };
}

function isTooBad({ slices, streak }: Closed): boolean {
  if (streak >= CONNECTION_ERRORS_MAX) return true;
  const failed = slices.reduce((sum, slice) => sum + slice.failed, 0);
  const calls = slices.reduce((sum, slice) => sum + slice.succeeded + slice.failed, 0);
  return calls >= CALLS_MIN && failed / calls >= FAILED_SHARE;
}

/** A streak is forgotten with the last failure of the window. */
function pruned(state: Closed, nowMs: number): Closed {
  const slices = state.slices.filter(({ at }) => isInWindow(at, nowMs));
  const streak = hasFailures({ slices }) ? state.streak : 0;
  return slices.length === state.slices.length && streak === state.streak
    ? state
    : { ...state, slices, streak };
}

const hasFailures = ({ slices }: Pick<Closed, 'slices'>): boolean => slices.some(({ failed }) => failed > 0);
