import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

export interface ReliabilityOptions {
  readonly seed: number;
  /** Names of figures; empty for all. */
  readonly only: readonly string[];
  /** Where the result goes: Markdown, or JSON where the name ends so; null for nowhere. */
  readonly report: string | null;
}

const usage = (
  names: readonly string[],
): string => `Usage: npm run reliability -- [--only NAME,…] [--seed 1] [--report FILE]

  --only NAMES   ${names.join(', ')}
  --seed N       of all dice (default 1)
  --report FILE  write the result: Markdown, or JSON where FILE ends in .json`;

/** @throws LaunchError with the usage. */
export function readReliabilityOptions(
  args: readonly string[],
  names: readonly string[],
): ReliabilityOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        only: { type: 'string', default: '' },
        report: { type: 'string' },
      },
    });
    const only = values.only.split(',').filter((name) => name !== '');
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`--only: there is no figure ${JSON.stringify(unknown)}.`);
    const seed = Number(values.seed);
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed must be a whole number from 0 on.');
    return { seed, only, report: values.report ?? null };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${usage(names)}`);
  }
}
