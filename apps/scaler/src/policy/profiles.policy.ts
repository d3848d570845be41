import type { ScalingProfile } from '#common/contracts/scaling.js';
import type { SloConfig } from './scaling.js';

/** What an operator chooses instead of numbers. */
export const PROFILES: Readonly<Record<ScalingProfile, SloConfig>> = {
  cost: {
    wait_objective_s: 30,
    share_over: 0.1,
    down_window_s: 60,
    surge_freeze_s: 30,
    idle_s: 60,
  },
  balanced: {
    wait_objective_s: 15,
    share_over: 0.05,
    down_window_s: 100,
    surge_freeze_s: 60,
    idle_s: 60,
  },
  latency: {
    wait_objective_s: 5,
    share_over: 0.02,
    down_window_s: 180,
    surge_freeze_s: 120,
    idle_s: 300,
  },
};
