import type { BackendHealth } from '#common/contracts/backend-health.js';
import type { Checked } from '../backend.js';

export const FAILURES_MAX = 3;
/** The models of a backend that are kept. */
export const MODELS_MAX = 500;
/** What nobody has checked for so many intervals is not known any more. */
const INTERVALS_MAX = 3;

/** Ill by the third check in a row that fails, the first ones included; well again by one that succeeds. */
export function judgeCheck(
  before: BackendHealth | null,
  { isWell, models }: Checked,
  nowMs: number,
): BackendHealth {
  if (isWell) return { is_well: true, failures: 0, checked_ms: nowMs, models: models.slice(0, MODELS_MAX) };
  const failures = (before?.failures ?? 0) + 1;
  const wasWell = before?.is_well ?? true;
  return {
    is_well: wasWell && failures < FAILURES_MAX,
    failures,
    checked_ms: nowMs,
    models: before?.models ?? [],
  };
}

/** Unknown is well: a backend nobody looks at is judged by its calls alone. */
export function isIll(
  health: BackendHealth,
  { interval_ms: intervalMs, timeout_ms: timeoutMs }: { interval_ms: number; timeout_ms: number },
  nowMs: number,
): boolean {
  return !health.is_well && nowMs - health.checked_ms <= INTERVALS_MAX * (intervalMs + timeoutMs);
}
