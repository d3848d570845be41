import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

export interface RoutingOptions {
  readonly seed: number;
  /** How many seeds, from `seed` on; tables show the median of each figure. */
  readonly seeds: number;
  readonly seconds: number;
  /** Offered load as a part of what all backends sustain together. */
  readonly load: number;
}

const USAGE = `Usage: npm run simulate:routing -- [--seed 1] [--seeds 5] [--seconds 240] [--load 0.6]

  --seed N      the first seed
  --seeds N     how many seeds; the tables show medians
  --seconds N   simulated time; one backend is away from second 60 to second 120
  --load N      offered load as a part of what all backends sustain together`;

/** @throws LaunchError with the usage. */
export function readRoutingOptions(args: readonly string[]): RoutingOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '240' },
        load: { type: 'string', default: '0.6' },
      },
    });
    return {
      seed: within('--seed', values.seed, [0, 2 ** 31]),
      seeds: within('--seeds', values.seeds, [1, 100]),
      seconds: within('--seconds', values.seconds, [130, 86_400]),
      load: within('--load', values.load, [0.01, 2]),
    };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function within(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}: it must be a number from ${least} to ${most}.`);
}
