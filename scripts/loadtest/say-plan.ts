import type { LoadPlan } from './plan.js';

const number = (value: number): string => String(Math.round(value * 100) / 100);

/** The plan as a sentence. */
export function sayPlan(plan: LoadPlan): string {
  if (plan.kind === 'users')
    return `${plan.users} users, ${plan.requestsPerUser} requests each, ${plan.delaySeconds} s apart`;
  const { profile } = plan;
  const levels = profile.isConstant
    ? `${number(profile.greatest)} ${plan.kind === 'open' ? 'requests a second' : 'callers'}`
    : `up to ${number(profile.greatest)} ${plan.kind === 'open' ? 'requests a second' : 'callers'}`;
  const loop =
    plan.kind === 'open'
      ? `Open loop, ${plan.arrivals === 'poisson' ? 'Poisson' : 'even'} arrivals`
      : 'Closed loop';
  return `${loop}: ${levels} for ${number(profile.seconds)} s`;
}
