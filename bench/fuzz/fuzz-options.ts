import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** How many requests are under way at once. */
  readonly lanes: number;
  /** Where the report goes. */
  readonly report: string;
}

export const USAGE = `Usage: npm run fuzz -- [--seed 1] [--inputs 100000] [--lanes 8] [--report .sluice/fuzz/seed-<N>.json]

Starts the API and its workers over a Redis and a PostgreSQL of their own, makes requests from the OpenAPI document that the API
serves, and says what was answered wrongly. Exits with 1 if anything was.

  --seed N    what is drawn
  --inputs N  how many requests
  --lanes N   how many of them are under way at once
  --report F  where the report goes: each finding with the request that showed it`;

/** @throws LaunchError with the usage. */
export function readFuzzOptions(args: readonly string[]): FuzzOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        inputs: { type: 'string', default: '100000' },
        lanes: { type: 'string', default: '8' },
        report: { type: 'string' },
      },
    });
    const seed = whole('seed', values.seed, 0, 2 ** 31 - 1);
    return {
      seed,
      inputs: whole('inputs', values.inputs, 1, 100_000_000),
      lanes: whole('lanes', values.lanes, 1, 256),
      report: values.report ?? `.sluice/fuzz/seed-${seed}.json`,
    };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} is ${JSON.stringify(text)}: it must be a whole number from ${min} to ${max}.`);
}
