import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '../local/launch-error.js';
import { ANONYMOUS, callersFromFile } from './callers.js';
import type { Objective } from './figures.js';
import type { MixOptions } from './mix.js';
import { choiceFrom, durationFrom, numberFrom, urlFrom, weightedFrom } from './option-values.js';
import { type LoadPlan, planFrom } from './plan.js';
import { type Threshold, thresholdFrom } from './thresholds.js';
import { USAGE } from './usage.js';
import type { Route } from './wire.js';

export interface LoadOptions {
  readonly url: string;
  readonly route: Route;
  readonly isStreamed: boolean;
  readonly timeoutMs: number;
  readonly plan: LoadPlan;
  readonly warmUpMs: number;
  readonly seed: number;
  readonly mix: MixOptions;
  readonly objective: Objective;
  readonly thresholds: readonly Threshold[];
  readonly htmlFile: string | null;
  readonly jsonFile: string | null;
}

const MODEL = 'gpt-3.5-turbo';
const MAX_TOKENS = '100';
/** What is asked of a test that names no threshold. */
const ALL_WELL = ['errors<=0%', 'dropped<=0%'];

const one = { type: 'string' } as const;
const several = { type: 'string', multiple: true } as const;
const OPTIONS = {
  users: one,
  requests: one,
  delay: one,
  rate: one,
  stages: one,
  concurrency: one,
  mode: one,
  duration: one,
  arrivals: one,
  'max-in-flight': one,
  'warm-up': { ...one, default: '0s' },
  seed: { ...one, default: '1' },
  url: { ...one, default: 'http://localhost:8000' },
  route: { ...one, default: 'generate' },
  stream: { type: 'boolean', default: false },
  timeout: { ...one, default: '30s' },
  model: several,
  'prompt-words': several,
  'max-tokens': several,
  'api-key': several,
  keys: one,
  threshold: several,
  'good-within': one,
  'good-ttft': one,
  html: one,
  json: one,
  help: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS }).values;
type Values = ReturnType<typeof parse>;

/**
 * Answers null when only help is wanted.
 * @throws LaunchError with the usage.
 */
export function readOptions(args: readonly string[]): LoadOptions | null {
  try {
    const values = parse(args);
    return values.help ? null : optionsOf(values);
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function optionsOf(values: Values): LoadOptions {
  if (values['good-ttft'] !== undefined && !values.stream)
    throw new LaunchError('--good-ttft needs --stream: only a stream has a first token.');
  const plan = planFrom(values);
  const options = {
    url: urlFrom(values.url),
    route: choiceFrom('--route', values.route, ['generate', 'chat']),
    isStreamed: values.stream,
    timeoutMs: positive('--timeout', values.timeout),
    plan,
    warmUpMs: durationFrom('--warm-up', values['warm-up']),
    seed: numberFrom('--seed', values.seed, { least: 0, most: 2 ** 32 - 1, isWhole: true }),
    mix: mixFrom(values, plan),
    objective: { withinMs: timeOf(values, 'good-within'), firstTokenMs: timeOf(values, 'good-ttft') },
    thresholds: (values.threshold ?? ALL_WELL).map((text) =>
      thresholdFrom(text, { isStreamed: values.stream }),
    ),
    htmlFile: values.html ?? null,
    jsonFile: values.json ?? null,
  };
  if (plan.kind === 'users' || options.warmUpMs < plan.profile.seconds * 1_000) return options;
  throw new LaunchError('--warm-up leaves nothing to measure: it must be shorter than the test.');
}

function mixFrom(values: Values, plan: LoadPlan): MixOptions {
  if (values.keys !== undefined && values['api-key'] !== undefined)
    throw new LaunchError('--keys and --api-key say the same thing: give one of them.');
  const keys = values['api-key'];
  const words = values['prompt-words'];
  return {
    users: plan.users,
    callers:
      values.keys !== undefined
        ? callersFromFile(values.keys)
        : keys === undefined
          ? [[ANONYMOUS, 1]]
          : weightedFrom('--api-key', keys, (key) => ({ ...ANONYMOUS, key })),
    models: weightedFrom('--model', values.model ?? [MODEL], (model) => model),
    promptWords: words === undefined ? null : lengths(words, '--prompt-words', 100_000),
    maxTokens: lengths(values['max-tokens'] ?? [MAX_TOKENS], '--max-tokens', 1_000_000),
  };
}

const lengths = (texts: readonly string[], name: string, most: number) =>
  weightedFrom(name, texts, (text) => numberFrom(name, text, { least: 1, most, isWhole: true }));

function timeOf(values: Values, name: 'good-within' | 'good-ttft'): number | null {
  const text = values[name];
  return text === undefined ? null : positive(`--${name}`, text);
}

function positive(name: string, text: string): number {
  const ms = durationFrom(name, text);
  if (ms > 0) return ms;
  throw new LaunchError(`${name} is ${JSON.stringify(text)}: it must be longer than 0.`);
}
