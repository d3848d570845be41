import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

export interface BenchOptions {
  /** How long each mode is measured at each concurrency, in seconds, without its warm-up. */
  readonly seconds: number;
  /** Whether the result becomes docs/performance.md. */
  readonly isWritten: boolean;
}

export const USAGE = `Usage: npm run bench -- [--seconds 8] [--write]

  --seconds N   how long each mode is measured at each concurrency (default 8)
  --write       write the result to docs/performance.md`;

/** @throws LaunchError with the usage. */
export function readOptions(args: readonly string[]): BenchOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seconds: { type: 'string', default: '8' }, write: { type: 'boolean', default: false } },
    });
    const seconds = Number(values.seconds);
    if (seconds >= 1 && seconds <= 600) return { seconds, isWritten: values.write };
    throw new Error(`--seconds is ${JSON.stringify(values.seconds)}: it must be a number from 1 to 600.`);
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}
