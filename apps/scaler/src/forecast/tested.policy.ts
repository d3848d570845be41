import type { ForecastModelName } from './predictions.policy.js';

/** Which model speaks for a pool. */
export interface Chosen {
  readonly model: ForecastModelName;
  readonly is_trusted: boolean;
}

/** What a backtest decided, for how many ten minutes ahead, and when (Unix ms). */
export interface Tested {
  readonly chosen: Chosen;
  readonly steps: number;
  readonly tested_ms: number;
}

/** Before anything is known of a pool. */
export const UNTESTED: Chosen = { model: 'persistence', is_trusted: false };

const DAY_MS = 86_400_000;
/** By UTC. */
const NIGHT_MS = 3 * 3_600_000;

/** Whether a backtest is due: each night at three, and when the lead has become another one. */
export function isBacktestDue(last: Tested | null, steps: number, nowMs: number): boolean {
  if (last?.steps !== steps) return true;
  const night = Math.floor((nowMs - NIGHT_MS) / DAY_MS) * DAY_MS + NIGHT_MS;
  return last.tested_ms < night;
}

/** What a backtest says of one number of ten minutes ahead says nothing of another. */
export function chosenFor(last: Tested | null, steps: number): Chosen {
  if (last === null) return UNTESTED;
  return last.steps === steps ? last.chosen : { ...last.chosen, is_trusted: false };
}
