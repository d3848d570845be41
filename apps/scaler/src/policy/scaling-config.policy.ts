import type { PoolScalingConfig } from '#common/config/scaling-config.js';
import type { ScalerMode } from '#common/contracts/scaling.js';
import { PROFILES } from './profiles.policy.js';
import type { ScalingConfig, SloConfig } from './scaling.js';

export interface ScalerTerms {
  readonly mode: ScalerMode;
  readonly tick_s: number;
  /** Slots of a worker for which the pool names none. */
  readonly slots: number;
}

/** A pool's scaling as a decision takes it: the profile's numbers, and the operator's own over them. */
export function scalingConfigOf(
  scaling: PoolScalingConfig,
  { mode, tick_s, slots }: ScalerTerms,
): ScalingConfig {
  const { threshold, queue } = scaling;
  return {
    policy: scaling.policy,
    mode,
    min: scaling.min,
    max: scaling.max,
    slots: scaling.slots ?? slots,
    tick_s,
    fallback: scaling.fallback_workers,
    slo: sloConfigOf(scaling),
    threshold: {
      cpu_up: threshold.cpu_up,
      memory_up: threshold.memory_up,
      response_up_s: threshold.response_up_seconds,
      cpu_down: threshold.cpu_down,
      memory_down: threshold.memory_down,
      response_down_s: threshold.response_down_seconds,
      cooldown_s: threshold.cooldown_seconds,
    },
    queue: {
      depth_per_worker: queue.depth_per_worker,
      wait_s: queue.wait_seconds,
      error_share: queue.error_share,
      cooldown_s: queue.cooldown_seconds,
    },
  };
}

/** How long a job shall wait at most, in seconds. */
export const waitObjectiveOf = ({ policy, slo, queue }: ScalingConfig): number =>
  policy === 'queue' ? queue.wait_s : slo.wait_objective_s;

function sloConfigOf(scaling: PoolScalingConfig): SloConfig {
  const profile = PROFILES[scaling.profile];
  return {
    wait_objective_s: scaling.wait_seconds ?? profile.wait_objective_s,
    share_over: scaling.share_over ?? profile.share_over,
    down_window_s: scaling.down_window_seconds ?? profile.down_window_s,
    surge_freeze_s: scaling.surge_freeze_seconds ?? profile.surge_freeze_s,
    idle_s: scaling.idle_seconds ?? profile.idle_s,
  };
}
