import type { PoolReading } from '../policy/scaling.js';
import type { KnownInstances } from './pool-state.js';

const KEPT = 20;
/** What took longer was not seen from its start. */
const SECONDS_MAX = 180;

/** From the start of an instance to its first heartbeat, of those whose first heartbeat is new. */
export function coldStartsLearnt(
  coldStarts: readonly number[],
  { before, now }: { before: KnownInstances; now: KnownInstances },
): number[] {
  const fresh = Object.entries(now).flatMap(([name, { up_ms, born_ms }]) => {
    const wasAwaited = before[name]?.up_ms === null;
    return wasAwaited && up_ms !== null ? [Math.max(0, up_ms - born_ms) / 1_000] : [];
  });
  return [...coldStarts, ...fresh.filter((seconds) => seconds <= SECONDS_MAX)].slice(-KEPT);
}

/** `assumed_s` holds until the first one was seen. */
export function coldStartOf(coldStarts: readonly number[], assumed_s: number): PoolReading['cold_start'] {
  const samples = coldStarts.length;
  if (samples === 0) return { mean_s: assumed_s, p90_s: assumed_s, samples };
  const sorted = [...coldStarts].sort((one, other) => one - other);
  return {
    mean_s: coldStarts.reduce((sum, seconds) => sum + seconds, 0) / samples,
    p90_s: sorted[Math.ceil(0.9 * samples) - 1] ?? assumed_s,
    samples,
  };
}
