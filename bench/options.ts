import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

export interface BenchOptions {
  /** How long each mode is measured at each concurrency, in seconds, without its warm-up. */
  readonly seconds: number;
  /** Whether the result becomes docs/performance.md. */
  readonly isWritten: boolean;
  /** The directory of another built checkout to measure beside this one; null for none. */
  readonly against: string | null;
}

export const USAGE = `Usage: npm run bench -- [--seconds 8] [--against DIR] [--write]

  --seconds N   how long each mode is measured at each concurrency (default 8)
  --against DIR measure another checkout, built with npm run build, in turns with this one
  --write       write the result to docs/performance.md`;

/** @throws LaunchError with the usage. */
export function readOptions(args: readonly string[]): BenchOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '8' },
        against: { type: 'string' },
        write: { type: 'boolean', default: false },
      },
    });
    const seconds = Number(values.seconds);
    if (seconds >= 1 && seconds <= 600)
      return { seconds, isWritten: values.write, against: againstOf(values.against) };
    throw new Error(`--seconds is ${JSON.stringify(values.seconds)}: it must be a number from 1 to 600.`);
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function againstOf(directory: string | undefined): string | null {
  if (directory === undefined) return null;
  const root = path.resolve(directory);
  if (existsSync(path.join(root, 'dist/apps/api/src/main.js'))) return root;
  throw new Error(`--against ${directory}: there is no build in it. Run npm run build there.`);
}
