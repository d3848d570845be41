import type { CallOutcome } from '../backends/backend.js';

/** What is thought of a backend under one model. */
export interface AdaptiveState {
  /** What the admitted rate is multiplied with, from FACTOR_MIN to 1. */
  readonly factor: number;
  /** Good windows in a row that have not raised the factor yet. */
  readonly streak: number;
}

export interface Outcomes {
  readonly succeeded: number;
  readonly failed: number;
}

export const FACTOR_MIN = 0.1;
/** Fewer say nothing about a backend. */
export const OUTCOMES_MIN = 20;
/** What nobody has found fault with. */
export const TRUSTED: AdaptiveState = { factor: 1, streak: 0 };

const SUCCESS_POOR = 0.9;
const SUCCESS_GOOD = 0.98;
const CUT = 0.7;
const STEP = 0.1;
const GOOD_WINDOWS = 2;

/** Additive increase, multiplicative decrease (Chiu and Jain, 1989): down by the first poor window, up by every second good one. */
export function judgeWindow(
  { factor, streak }: AdaptiveState,
  { succeeded, failed }: Outcomes,
): AdaptiveState {
  if (succeeded + failed < OUTCOMES_MIN) return { factor, streak };
  const success = succeeded / (succeeded + failed);
  if (success < SUCCESS_POOR) return { factor: bounded(factor * CUT), streak: 0 };
  if (success <= SUCCESS_GOOD) return { factor, streak: 0 };
  if (streak + 1 < GOOD_WINDOWS) return { factor, streak: streak + 1 };
  return { factor: bounded(factor + STEP), streak: 0 };
}

/** What an outcome says about the backend: nothing when the caller was wrong or we hung up. */
export function countsAs({ kind }: CallOutcome): keyof Outcomes | null {
  switch (kind) {
    case 'completed':
      return 'succeeded';
    case 'throttled':
    case 'unavailable':
    case 'garbled':
      return 'failed';
    case 'refused':
    case 'aborted':
      return null;
  }
}

/** To four places, so that sums of tenths stay tenths. */
const bounded = (factor: number): number =>
  Math.min(1, Math.max(FACTOR_MIN, Math.round(factor * 10_000) / 10_000));
