import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';

export interface ChaosOptions {
  readonly seed: number;
  /** How long requests are sent; with `jobs`, at most. */
  readonly minutes: number;
  /** Ends when so many jobs were acknowledged, under kills alone; null: the whole storm, for `minutes`. */
  readonly jobs: number | null;
  /** Requests in a second. */
  readonly rate: number;
  readonly hasWebhooks: boolean;
  /** Where the report goes, as <path>.json and <path>.md; null: to the terminal only. */
  readonly report: string | null;
}

export const USAGE = `Usage: npm run chaos -- [--seed N] [--minutes M] [--jobs N] [--rate N] [--webhooks off] [--report PATH]

  --seed N       what happens when, and what is asked: the same seed, the same storm (default: a new one)
  --minutes M    how long requests are sent (default 1; with --jobs at most 60)
  --jobs N       only kill -9 of workers, APIs and Redis, until N jobs were accepted
  --rate N       requests in a second (default 30; with --jobs 60)
  --webhooks off no job names a receiver
  --report PATH  write PATH.json and PATH.md`;

/** @throws LaunchError with the usage. */
export function readOptions(args: readonly string[], freshSeed: number): ChaosOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string' },
        jobs: { type: 'string' },
        rate: { type: 'string' },
        webhooks: { type: 'string', default: 'on' },
        report: { type: 'string' },
      },
    });
    const jobs = values.jobs === undefined ? null : numberIn('--jobs', values.jobs, [1, 1_000_000]);
    if (values.webhooks !== 'on' && values.webhooks !== 'off') throw new Error('--webhooks is on or off.');
    return {
      seed: numberIn('--seed', values.seed ?? String(freshSeed), [0, 2 ** 31]),
      minutes: numberIn('--minutes', values.minutes ?? (jobs === null ? '1' : '60'), [0.3, 600]),
      jobs,
      rate: numberIn('--rate', values.rate ?? (jobs === null ? '30' : '60'), [1, 1_000]),
      hasWebhooks: values.webhooks === 'on',
      report: values.report ?? null,
    };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function numberIn(name: string, text: string, [from, to]: readonly [number, number]): number {
  const value = Number(text);
  if (value >= from && value <= to) return value;
  throw new Error(`${name} is ${JSON.stringify(text)}: it must be a number from ${from} to ${to}.`);
}
