const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What follows the first failure, the second, and so on: ten attempts over about 45 hours. */
export const WEBHOOK_STEPS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  24 * HOUR_MS,
];

/** Receivers that failed together are not asked again together. */
const JITTER = 0.2;
/** A receiver may put us off, up to so many times the step. */
const PATIENCE = 2;

export interface FailedAttempt {
  /** 1 for the first of its round. */
  readonly number: number;
  /** What the receiver asks for, in milliseconds; null when it says nothing. */
  readonly retryAfterMs: number | null;
  /** In [0, 1). */
  readonly dice: number;
}

/** In how many milliseconds the next attempt is made; null: that was the last. */
export function judgeFailure(
  { number, retryAfterMs, dice }: FailedAttempt,
  stepsMs: readonly number[] = WEBHOOK_STEPS_MS,
): number | null {
  const step = stepsMs[number - 1];
  if (step === undefined) return null;
  const jittered = step * (1 - JITTER + 2 * JITTER * dice);
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, PATIENCE * step)));
}
