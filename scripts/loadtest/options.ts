import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '../local/launch-error.js';

export interface LoadOptions {
  readonly url: string;
  readonly users: number;
  readonly requestsPerUser: number;
  /** Between two requests of one user. */
  readonly delaySeconds: number;
  readonly model: string;
  readonly maxTokens: number;
  readonly apiKey: string | null;
}

export const USAGE = `Usage: npm run loadtest -- [options]

  --users N        users at once (5)
  --requests N     requests of each user (10)
  --delay S        seconds between two requests of one user, whether answered or not (0.5)
  --url URL        where the API is (http://localhost:8000)
  --model NAME     model to ask (gpt-3.5-turbo)
  --max-tokens N   longest answer, in tokens (100)
  --api-key KEY    sent as X-API-Key; all users then count as one caller`;

const OPTIONS = {
  users: { type: 'string', default: '5' },
  requests: { type: 'string', default: '10' },
  delay: { type: 'string', default: '0.5' },
  url: { type: 'string', default: 'http://localhost:8000' },
  model: { type: 'string', default: 'gpt-3.5-turbo' },
  'max-tokens': { type: 'string', default: '100' },
  'api-key': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Answers null when only help is wanted.
 * @throws LaunchError with the usage.
 */
export function readOptions(args: readonly string[]): LoadOptions | null {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return null;
    return {
      url: urlFrom(values.url),
      users: numberFrom('--users', values.users, { least: 1, most: 10_000, isWhole: true }),
      requestsPerUser: numberFrom('--requests', values.requests, { least: 1, most: 1e6, isWhole: true }),
      delaySeconds: numberFrom('--delay', values.delay, { least: 0, most: 3_600, isWhole: false }),
      model: values.model,
      maxTokens: numberFrom('--max-tokens', values['max-tokens'], { least: 1, most: 1e6, isWhole: true }),
      apiKey: values['api-key'] ?? null,
    };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function numberFrom(
  name: string,
  text: string,
  { least, most, isWhole }: { least: number; most: number; isWhole: boolean },
): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= least && number <= most && (!isWhole || Number.isInteger(number))) return number;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new LaunchError(`${name} is ${JSON.stringify(text)}: it must be ${kind} from ${least} to ${most}.`);
}

/** Without a slash at the end. */
function urlFrom(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new LaunchError(`--url is ${JSON.stringify(text)}: it must begin with http:// or https://.`);
  return text.replace(/\/+$/, '');
}
