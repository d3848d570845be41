import { poolScaling } from '#common/config/scaling-config.js';
import type { SeenInstance } from '#common/contracts/scaling.js';
import { scalingConfigOf } from '../../apps/scaler/src/policy/scaling-config.policy.js';
import type {
  Decide,
  PoolReading,
  ScalingConfig,
  ScalingMemory,
} from '../../apps/scaler/src/policy/scaling.js';
import type { Otherwise } from './replay-options.js';
import type { ToldDecision } from './told-decisions.parser.js';

/** What was wanted at one moment, and what would have been. */
export interface Moment {
  readonly pool: string;
  readonly at_ms: number;
  readonly then: number;
  readonly now: number;
}

/** Decisions that change nothing are told every 10 s; a policy that takes a longer silence for blindness needs longer ticks. */
const TICK_S_MIN = 2;

/**
 * Plays the readings of each pool through another configuration, which remembers from one to the next. What it decides becomes
 * the workers of the next reading, ready at once and with what those had to do; queue and arrivals stay as they were, so this
 * shows what would have been wanted, not how long jobs would have waited (`npm run simulate` does).
 */
export function decideOtherwise(
  decisions: readonly ToldDecision[],
  decide: Decide,
  otherwise: Otherwise,
): Moment[] {
  const pools = [...new Set(decisions.map(({ pool }) => pool))];
  return pools.flatMap((pool) =>
    playPool(
      decisions.filter((told) => told.pool === pool),
      decide,
      otherwise,
    ),
  );
}

function playPool(decisions: readonly ToldDecision[], decide: Decide, otherwise: Otherwise): Moment[] {
  let memory: ScalingMemory = decisions[0]?.memory ?? {};
  let workers: number | null = null;
  return decisions.map(({ pool, reading, config, decision }) => {
    const asked = workers === null ? reading : withWorkers(reading, workers, config.slots);
    const decided = decide(asked, memory, changed(config, otherwise));
    memory = decided.memory;
    workers = decided.decision.desired;
    return { pool, at_ms: reading.now_ms, then: decision.desired, now: workers };
  });
}

export function changed(config: ScalingConfig, { policy, profile }: Otherwise): ScalingConfig {
  const { mode, slots } = config;
  const tick_s = Math.max(TICK_S_MIN, config.tick_s);
  const known = { ...config, tick_s, ...(policy === null ? {} : { policy }) };
  if (profile === null) return known;
  // A profile's numbers alone: which of its own numbers the operator had set is not in a trace.
  return { ...known, slo: scalingConfigOf(poolScaling.parse({ profile }), { mode, tick_s, slots }).slo };
}

/** The busiest of those that were there, and as many new ones as are missing; unknown stays unknown. */
function withWorkers(reading: PoolReading, workers: number, slots: number): PoolReading {
  if (reading.instances === null) return reading;
  const there = reading.instances
    .filter(({ state }) => state === 'starting' || state === 'ready')
    .map((one): SeenInstance => ({ ...one, state: 'ready' }))
    .sort((left, right) => right.active - left.active)
    .slice(0, workers);
  const missing = Array.from({ length: workers - there.length }, (_, at): SeenInstance => ({
    name: `replayed-${at + 1}`,
    worker_id: `replayed-${at + 1}`,
    state: 'ready',
    slots,
    active: 0,
    born_ms: reading.now_ms,
    is_outdated: false,
  }));
  return { ...reading, instances: [...there, ...missing] };
}
