import { LaunchError } from '../local/launch-error.js';
import { choiceFrom, durationFrom, numberFrom } from './option-values.js';
import { RateProfile } from './rate-profile.js';
import { stagesFrom } from './stages.js';

export type ArrivalKind = 'uniform' | 'poisson';

export interface UsersPlan {
  readonly kind: 'users';
  readonly users: number;
  readonly requestsPerUser: number;
  /** Between two requests of one user. */
  readonly delaySeconds: number;
}

/**
 * `users` is the original load test. `open`: arrivals come by the clock. `closed`: a caller sends its next request when it is
 * answered, so that a slow server is asked less (Schroeder, Wierman and Harchol-Balter, Open Versus Closed, NSDI 2006).
 */
export type LoadPlan =
  | UsersPlan
  | {
      readonly kind: 'open';
      readonly users: number;
      /** In requests per second. */
      readonly profile: RateProfile;
      readonly arrivals: ArrivalKind;
      readonly inFlightMax: number;
    }
  | {
      readonly kind: 'closed';
      readonly users: number;
      /** In callers. */
      readonly profile: RateProfile;
    };

type Name =
  | 'users'
  | 'requests'
  | 'delay'
  | 'rate'
  | 'stages'
  | 'concurrency'
  | 'mode'
  | 'duration'
  | 'arrivals'
  | 'max-in-flight';
type Given = Readonly<Partial<Record<Name, string | undefined>>>;

const ALLOWED: Readonly<Record<LoadPlan['kind'], readonly Name[]>> = {
  users: ['users', 'requests', 'delay', 'mode'],
  open: ['users', 'rate', 'stages', 'mode', 'duration', 'arrivals', 'max-in-flight'],
  closed: ['concurrency', 'stages', 'mode', 'duration'],
};
const NAMES = [...new Set(Object.values(ALLOWED).flat())];

/** @throws LaunchError where options contradict each other. */
export function planFrom(given: Given): LoadPlan {
  const kind = kindOf(given);
  const stranger = NAMES.find((name) => given[name] !== undefined && !ALLOWED[kind].includes(name));
  if (stranger !== undefined) throw new LaunchError(`--${stranger} is of no use with ${NAMED_BY[kind]}.`);
  if (kind === 'users') return usersPlan(given);
  if (kind === 'closed') return closedPlan(given);
  return {
    kind,
    users: whole('users', given.users ?? '5', 10_000),
    profile: profileFrom(given, 'rate', { least: 0, most: 100_000, isWhole: false }),
    arrivals: choiceFrom('--arrivals', given.arrivals ?? 'uniform', ['uniform', 'poisson']),
    inFlightMax: whole('max-in-flight', given['max-in-flight'] ?? '1000', 100_000),
  };
}

/** How long requests are due; null: until the last caller is answered. */
export function plannedSeconds(plan: LoadPlan): number | null {
  if (plan.kind === 'closed') return null;
  return plan.kind === 'open' ? plan.profile.seconds : plan.requestsPerUser * plan.delaySeconds;
}

const NAMED_BY = {
  users: 'users: an open loop is named by --rate or --stages, a closed one by --concurrency',
  open: 'an open loop (--rate, --stages)',
  closed: 'a closed loop (--concurrency)',
} as const;

function kindOf({ mode, rate, stages, concurrency }: Given): LoadPlan['kind'] {
  if (mode !== undefined) return choiceFrom('--mode', mode, ['users', 'open', 'closed']);
  if (rate !== undefined || (stages !== undefined && concurrency === undefined)) return 'open';
  return concurrency === undefined ? 'users' : 'closed';
}

function usersPlan({ users = '5', requests = '10', delay = '0.5' }: Given): LoadPlan {
  return {
    kind: 'users',
    users: whole('users', users, 10_000),
    requestsPerUser: whole('requests', requests, 1e6),
    delaySeconds: numberFrom('--delay', delay, { least: 0, most: 3_600, isWhole: false }),
  };
}

function closedPlan(given: Given): LoadPlan {
  const profile = profileFrom(given, 'concurrency', { least: 1, most: 10_000, isWhole: true });
  return { kind: 'closed', users: Math.ceil(profile.greatest), profile };
}

function profileFrom(
  given: Given,
  name: 'rate' | 'concurrency',
  bounds: { least: number; most: number; isWhole: boolean },
): RateProfile {
  const level = given[name] === undefined ? null : numberFrom(`--${name}`, given[name], bounds);
  if (given.stages !== undefined) {
    if (given.duration !== undefined)
      throw new LaunchError('--duration is of no use with --stages, which say how long they take.');
    return withSomething(new RateProfile(stagesFrom(given.stages), level ?? 0));
  }
  if (level === null) throw new LaunchError(`--${name} or --stages is needed.`);
  if (given.duration === undefined) throw new LaunchError(`--${name} needs a --duration, such as 30s.`);
  return withSomething(RateProfile.constant(level, durationFrom('--duration', given.duration) / 1_000));
}

function withSomething(profile: RateProfile): RateProfile {
  if (profile.total > 0) return profile;
  throw new LaunchError('There is nothing to send: give a rate above 0, and some time.');
}

const whole = (name: Name, text: string, most: number): number =>
  numberFrom(`--${name}`, text, { least: 1, most, isWhole: true });
