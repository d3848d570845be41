import type { Outcomes, ScalingMemory } from './scaling.js';
import { shown, type Situation } from './situation.policy.js';
import type { Steps } from './steps.policy.js';

const OUTCOMES_MIN = 8;
const LATCH_SHARE = 0.5;
const UNLATCH_SHARE = 0.2;
const SHRINK_AFTER_MS = 300_000;
const SHRINK_TO = 0.25;

type Guard = NonNullable<ScalingMemory['guard']> | null;

/**
 * Workers do not make a failing backend well: they only call it more. Latches while more than half of at least eight calls failed
 * by the backend's fault within a minute, and lets go below a fifth. A job's own fault and our own crashes prove nothing of
 * backends. While nothing is known, it stays as it is.
 */
export function guardOf({ reading, memory, current }: Situation): Guard {
  const guard = memory.guard ?? null;
  if (reading.outcomes === null) return guard;
  const { failed, share } = failures(reading.outcomes);
  if (guard === null) {
    const isFailing = failed + reading.outcomes.succeeded >= OUTCOMES_MIN && share > LATCH_SHARE;
    return isFailing ? { since_ms: reading.now_ms, workers: current } : null;
  }
  return share < UNLATCH_SHARE ? null : guard;
}

/** A latched guard adds nobody. It keeps everybody for five minutes, then a quarter. */
export function guardCeiling(steps: Steps, guard: Guard, at: Situation): void {
  if (guard === null) return;
  const { min } = at.config;
  const facts = { latched_seconds: shown((at.reading.now_ms - guard.since_ms) / 1_000) };
  steps.ceiling('guard', Math.max(min, at.current), facts);
  if (isLong(guard, at) && at.sight === 'fresh') {
    steps.ceiling('guard_shrinks', Math.max(min, 1, Math.ceil(guard.workers * SHRINK_TO)), facts);
  }
}

export const isFreezing = (guard: Guard, at: Situation): boolean => guard !== null && !isLong(guard, at);

const isLong = (guard: NonNullable<Guard>, { reading }: Situation): boolean =>
  reading.now_ms - guard.since_ms >= SHRINK_AFTER_MS;

export function failures({ succeeded, backend_5xx, timeout, rate_limited, no_backend }: Outcomes): {
  readonly failed: number;
  readonly share: number;
} {
  const failed = backend_5xx + timeout + rate_limited + no_backend;
  return { failed, share: failed === 0 ? 0 : failed / (failed + succeeded) };
}
