import { parseArgs } from 'node:util';
import { LaunchError, messageOf } from '../local/launch-error.js';

/** One call of the API's routes under /admin/keys. */
export interface KeysCall {
  readonly url: string;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | null;
}

export const USAGE = `Usage: npm run keys -- <command> [options]

  create --name NAME   makes a key and shows it, once
    --tier TIER          its limits and share (basic)
    --tenant NAME        keys of one tenant share limits, fair share and jobs
    --scopes LIST        of generate, jobs:read, jobs:cancel, separated by commas (all)
    --models LIST        model names or patterns, separated by commas (every model)
    --expires-at TIME    such as 2030-01-31T00:00:00Z (never)
    --budget USD         dollars a day (no bound)
  list                 shows all keys
  revoke ID            ends a key
  rotate ID            makes a new secret for a key and shows it, once
    --grace SECONDS      how long the old one goes on (86400)

  --url URL            where the API is (http://localhost:8000, or PORT)

ADMIN_TOKEN is taken from the environment or from .env; without one the API must run on this machine.`;

const OPTIONS = {
  name: { type: 'string' },
  tier: { type: 'string' },
  tenant: { type: 'string' },
  scopes: { type: 'string' },
  models: { type: 'string' },
  'expires-at': { type: 'string' },
  budget: { type: 'string' },
  grace: { type: 'string' },
  url: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];

const CREATE = ['name', 'tier', 'tenant', 'scopes', 'models', 'expires-at', 'budget'] as const;
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  create: CREATE,
  list: [],
  revoke: [],
  rotate: ['grace'],
};

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });

/**
 * Answers null when only help is wanted. What the values mean is the API's business.
 * @throws LaunchError with the usage.
 */
export function readKeysCall(args: readonly string[], port: string | undefined): KeysCall | null {
  try {
    const { values, positionals } = parse(args);
    const [command, id, ...more] = positionals;
    if (values.help || command === undefined) return null;
    refuseStrangers(command, values);
    if (more.length > 0) throw new Error(`${more.join(' ')}: one command at a time.`);
    const url = urlFrom(values.url ?? `http://localhost:${port || '8000'}`);
    return { url, ...callOf(command, id, values) };
  } catch (error) {
    throw new LaunchError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function refuseStrangers(command: string, values: Values): void {
  const allowed = ALLOWED[command];
  if (allowed === undefined) throw new Error(`${command}: there is no such command.`);
  const stranger = Object.keys(values).find((name) => ![...allowed, 'url', 'help'].includes(name));
  if (stranger !== undefined) throw new Error(`${command} takes no --${stranger}.`);
}

function callOf(command: string, id: string | undefined, values: Values): Omit<KeysCall, 'url'> {
  if (command === 'create' || command === 'list') {
    if (id !== undefined) throw new Error(`${command} takes no ${JSON.stringify(id)}.`);
    return command === 'list'
      ? { method: 'GET', path: '/admin/keys', body: null }
      : { method: 'POST', path: '/admin/keys', body: newKeyOf(values) };
  }
  if (id === undefined) throw new Error(`${command} needs the id of a key; list shows them.`);
  const path = `/admin/keys/${encodeURIComponent(id)}`;
  if (command === 'revoke') return { method: 'DELETE', path, body: null };
  const body = values.grace === undefined ? {} : { grace_seconds: numberFrom('--grace', values.grace) };
  return { method: 'POST', path: `${path}/rotate`, body };
}

function newKeyOf(values: Values): Record<string, unknown> {
  if (values.name === undefined) throw new Error('create needs a --name.');
  const given = {
    name: values.name,
    tier: values.tier,
    tenant: values.tenant,
    scopes: listFrom(values.scopes),
    models: listFrom(values.models),
    expires_at: values['expires-at'],
    budget_usd_per_day: values.budget === undefined ? undefined : numberFrom('--budget', values.budget),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const listFrom = (text: string | undefined): string[] | undefined =>
  text?.split(',').map((part) => part.trim());

function numberFrom(name: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new Error(`${name} is ${JSON.stringify(text)}: it must be a number.`);
}

/** Without a slash at the end. */
function urlFrom(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new Error(`--url is ${JSON.stringify(text)}: it must begin with http:// or https://.`);
  return text.replace(/\/+$/, '');
}
