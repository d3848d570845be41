import { parseArgs } from 'node:util';
import {
  SCALING_POLICIES,
  SCALING_PROFILES,
  type ScalingPolicy,
  type ScalingProfile,
} from '#common/contracts/scaling.js';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

/** What a replay changes of the configuration that decided; null: that it leaves. */
export interface Otherwise {
  readonly policy: ScalingPolicy | null;
  readonly profile: ScalingProfile | null;
}

export type ReplayOptions =
  | { readonly kind: 'export' }
  /** Decides again and compares. */
  | { readonly kind: 'check'; readonly file: string }
  | { readonly kind: 'otherwise'; readonly file: string; readonly otherwise: Otherwise };

const USAGE = `Usage: npm run --silent scaler:replay -- --export > FILE
       npm run scaler:replay -- FILE [--policy ${SCALING_POLICIES.join('|')}] [--profile ${SCALING_PROFILES.join('|')}]

  --export      print the decisions that Redis at REDIS_URL still has, one JSON object a line
  FILE          decide everything in it again; fails when a decision comes out another
  --policy P    show instead what policy P would have decided
  --profile P   show instead what profile P would have decided`;

/** @throws LaunchError with the usage. */
export function readReplayOptions(args: readonly string[]): ReplayOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        export: { type: 'boolean', default: false },
        policy: { type: 'string' },
        profile: { type: 'string' },
      },
    });
    const policy = oneOf('--policy', SCALING_POLICIES, values.policy);
    const profile = oneOf('--profile', SCALING_PROFILES, values.profile);
    const [file, ...more] = positionals;
    if (values.export) {
      if (file !== undefined || policy !== null || profile !== null)
        throw new Error('--export stands alone.');
      return { kind: 'export' };
    }
    if (file === undefined || more.length > 0) throw new Error('There must be one file.');
    if (policy === null && profile === null) return { kind: 'check', file };
    return { kind: 'otherwise', file, otherwise: { policy, profile } };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function oneOf<T extends string>(name: string, known: readonly T[], value: string | undefined): T | null {
  if (value === undefined) return null;
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Error(`${name} is ${JSON.stringify(value)}: it must be ${known.join(', ')}.`);
}
