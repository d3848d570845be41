import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '#scripts/local/launch-error.js';
import {
  ABOUT_SERVICE,
  aboutGenerator,
  type GeneratorName,
  generatorNamed,
  GENERATORS,
} from './generators.js';
import { type Policy, POLICY_NAMES, policyNamed } from './policies.js';

export interface ScalingOptions {
  readonly policies: readonly Policy[];
  /** Each is a workload of its own: files of traces, then generators. */
  readonly traces: readonly string[];
  readonly generators: readonly GeneratorName[];
  readonly seed: number;
  /** How many seeds, from `seed` on; tables show means. */
  readonly seeds: number;
  readonly coldStartS: number;
  readonly slots: number;
  readonly objectiveS: number;
  /** Null for what the workload says. */
  readonly min: number | null;
  readonly max: number;
  readonly tickS: number;
  readonly lagS: number;
  readonly dropout: number;
  readonly killsPerHour: number;
  readonly svg: string | null;
}

const DEFAULTS = {
  policy: 'slo,kpa,keda,threshold',
  seed: '1',
  seeds: '5',
  'cold-start': '20',
  slots: '4',
  objective: '15',
  max: '40',
  tick: '2',
  lag: '0',
  dropout: '0',
  kills: '0',
} as const;

export const USAGE = `Usage: npm run simulate -- [--policy ${DEFAULTS.policy}] (--trace FILE | --generator NAME) [--svg FILE]

  --policy A,B      ${POLICY_NAMES.join(', ')}
  --trace FILES     requests with the columns TIMESTAMP,ContextTokens,GeneratedTokens
  --generator A,B   ${GENERATORS.join(', ')}; or all
  --seed N          the first seed (${DEFAULTS.seed})
  --seeds N         how many seeds (${DEFAULTS.seeds}); the tables show means. Of a trace a seed decides only about cold starts and faults
  --cold-start S    mean seconds from start to ready, ± 20 % (${DEFAULTS['cold-start']})
  --slots N         jobs a worker runs at once (${DEFAULTS.slots})
  --objective S     how long a job may wait, in seconds (${DEFAULTS.objective})
  --min N, --max N  bounds for every policy (the workload's own, ${DEFAULTS.max})
  --tick S          seconds between decisions (${DEFAULTS.tick})
  --lag S           age of readings, in seconds (${DEFAULTS.lag})
  --dropout P       share of the readings that fail (${DEFAULTS.dropout})
  --kills N         workers killed per hour (${DEFAULTS.kills})
  --svg FILE        writes a chart of the first workload's first seed

Generators: Poisson arrivals, ${ABOUT_SERVICE}. Load is arrivals × service time, in slots.
${GENERATORS.map((name) => `  ${name.padEnd(15)} ${aboutGenerator(name)}`).join('\n')}`;

/** @throws LaunchError with the usage. */
export function readScalingOptions(args: readonly string[]): ScalingOptions {
  try {
    return optionsOf(args);
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;

function optionsOf(args: readonly string[]): ScalingOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      policy: text(DEFAULTS.policy),
      trace: text(''),
      generator: text(''),
      seed: text(DEFAULTS.seed),
      seeds: text(DEFAULTS.seeds),
      'cold-start': text(DEFAULTS['cold-start']),
      slots: text(DEFAULTS.slots),
      objective: text(DEFAULTS.objective),
      min: { type: 'string' },
      max: text(DEFAULTS.max),
      tick: text(DEFAULTS.tick),
      lag: text(DEFAULTS.lag),
      dropout: text(DEFAULTS.dropout),
      kills: text(DEFAULTS.kills),
      svg: { type: 'string' },
    },
  });
  const traces = namesIn(values.trace);
  const generators = namesIn(values.generator === 'all' ? GENERATORS.join(',') : values.generator);
  if (traces.length + generators.length === 0)
    throw new Error('--trace or --generator says what to simulate.');
  const max = whole('--max', values.max, [1, 10_000]);
  return {
    policies: namesIn(values.policy).map((name) => known('--policy', name, policyNamed(name))),
    traces,
    generators: generators.map((name) => known('--generator', name, generatorNamed(name))),
    seed: whole('--seed', values.seed, [0, 2 ** 31]),
    seeds: whole('--seeds', values.seeds, [1, 100]),
    coldStartS: within('--cold-start', values['cold-start'], [0, 3_600]),
    slots: whole('--slots', values.slots, [1, 1_000]),
    objectiveS: within('--objective', values.objective, [0.1, 3_600]),
    min: values.min === undefined ? null : whole('--min', values.min, [0, max]),
    max,
    tickS: within('--tick', values.tick, [0.5, 60]),
    lagS: within('--lag', values.lag, [0, 600]),
    dropout: within('--dropout', values.dropout, [0, 1]),
    killsPerHour: within('--kills', values.kills, [0, 10_000]),
    svg: values.svg ?? null,
  };
}

const namesIn = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function known<T>(option: string, name: string, found: T | null): T {
  if (found === null) throw new Error(`${option} does not know ${JSON.stringify(name)}.`);
  return found;
}

function within(name: string, given: string, [least, most]: readonly [number, number]): number {
  const value = Number(given);
  if (given.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} is ${JSON.stringify(given)}: it must be a number from ${least} to ${most}.`);
}

function whole(name: string, given: string, bounds: readonly [number, number]): number {
  const value = within(name, given, bounds);
  if (Number.isInteger(value)) return value;
  throw new Error(`${name} is ${JSON.stringify(given)}: it must be a whole number.`);
}
