import type { ScalingDecision, SeenInstance } from '#common/contracts/scaling.js';
import { startsAllowed } from './crash.policy.js';
import type { CrashState, DrainsByInstance, KnownInstances } from './pool-state.js';

/** Started in one step at most, whatever was decided. */
const STARTS_MAX = 50;

export interface Step {
  readonly undrain: readonly string[];
  readonly start: number;
  readonly drain: readonly string[];
}

export interface StepSight {
  readonly now_ms: number;
  readonly instances: readonly SeenInstance[];
  readonly drains: DrainsByInstance;
  readonly known: KnownInstances;
  readonly crashes: CrashState;
  readonly max: number;
}

export const NO_STEP: Step = { undrain: [], start: 0, drain: [] };

/** What takes the fleet to what was decided. Decides nothing but what cannot be done just now. */
export function planStep(decision: ScalingDecision, sight: StepSight): Step {
  const { instances, drains, crashes, max } = sight;
  const undrain = decision.undrain.filter((name) => drains[name]?.stopped_ms === null);
  const willTakeJobs = instances.filter(({ state }) => state === 'starting' || state === 'ready').length;
  const missing = Math.min(decision.desired, max) - willTakeJobs - undrain.length;
  const wanted = Math.min(STARTS_MAX, Math.max(0, missing));
  // What is quarantined cannot replace what is older and well.
  const isSpared = ({ is_outdated }: SeenInstance): boolean => crashes.is_quarantined && is_outdated;
  const mayLeave = new Set(instances.filter((one) => !isSpared(one)).map(({ name }) => name));
  return {
    undrain,
    start: startsAllowed(crashes, wanted, sight),
    drain: decision.victims.filter((name) => mayLeave.has(name) && !(name in drains)),
  };
}
