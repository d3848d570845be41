import { poolScaling } from '#common/config/scaling-config.js';
import { SCALING_POLICIES, SCALING_PROFILES, type ScalingPolicy } from '#common/contracts/scaling.js';
import { decide } from '../../apps/scaler/src/policy/decide.policy.js';
import { scalingConfigOf } from '../../apps/scaler/src/policy/scaling-config.policy.js';
import { Decided } from './scalers/decided.js';
import { Keda, KEDA_ON_LIST, kedaOnAll } from './scalers/keda.js';
import { Kpa } from './scalers/kpa.js';
import { oracle } from './scalers/oracle.js';
import { RayServe } from './scalers/ray-serve.js';
import type { Scaler, Terms } from './scalers/scaler.js';
import { fixed, peakFleet, plusMinusOne } from './scalers/simple-scalers.js';
import type { Workload } from './workload.js';

export interface Policy {
  readonly name: string;
  /** A new one, with no memory. */
  readonly scaler: (workload: Workload, terms: Terms) => Scaler;
}

const RIVALS: Readonly<Record<string, Policy['scaler']>> = {
  kpa: (_, terms) => new Kpa(terms),
  keda: (_, terms) => new Keda(terms, kedaOnAll(terms.slots)),
  'keda-list': (_, terms) => new Keda(terms, KEDA_ON_LIST),
  ray: (_, terms) => new RayServe(terms),
  'plus-minus-one': (_, terms) => plusMinusOne(terms),
  fixed: (workload, terms) => fixed(peakFleet(workload, terms)),
  oracle,
};

const PROFILED = SCALING_PROFILES.map((profile) => `slo-${profile}`);

export const POLICY_NAMES: readonly string[] = [
  ...SCALING_POLICIES,
  ...PROFILED,
  ...Object.keys(RIVALS),
  'fixed:N',
];

/** Null for a name that says no policy. */
export function policyNamed(name: string): Policy | null {
  const rival = RIVALS[name];
  if (rival !== undefined) return { name, scaler: rival };
  const workers = /^fixed:(\d{1,4})$/.exec(name)?.[1];
  if (workers !== undefined) return { name, scaler: () => fixed(Number(workers)) };
  const [head, profile] = name.split('-', 2);
  const policy = SCALING_POLICIES.find((one) => one === head);
  if (policy === undefined || !POLICY_NAMES.includes(name)) return null;
  return { name, scaler: (_, terms) => decided(policy, profile, terms) };
}

/** With an operator's configuration: the profile's numbers, the promise and the bounds. */
function decided(policy: ScalingPolicy, profile: string | undefined, terms: Terms): Scaler {
  const { min, max, slots, tickS, objectiveS } = terms;
  const scaling = poolScaling.parse({
    policy,
    min,
    max,
    slots,
    ...(profile === undefined ? { wait_seconds: objectiveS } : { profile }),
  });
  return new Decided(decide, scalingConfigOf(scaling, { mode: 'full', tick_s: tickS, slots }));
}
