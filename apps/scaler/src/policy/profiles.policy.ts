import type { ScalingProfile } from '#common/contracts/scaling.js';
import type { SloConfig } from './scaling.js';

/** What an operator chooses instead of numbers. */
export const PROFILES: Readonly<Record<ScalingProfile, SloConfig>> = {
  cost: {
    wait_objective_s: 30,
    share_over: 0.1,
    down_window_s: 60,
    down_share: 0.9,
    surge_freeze_s: 30,
    idle_s: 60,
  },
  balanced: {
    wait_objective_s: 15,
    share_over: 0.05,
    down_window_s: 100,
    down_share: 0.75,
    surge_freeze_s: 50,
    idle_s: 90,
  },
  latency: {
    wait_objective_s: 5,
    share_over: 0.02,
    down_window_s: 240,
    down_share: 0.5,
    surge_freeze_s: 120,
    idle_s: 300,
  },
};
