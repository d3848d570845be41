import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ENVIRONMENT } from './environment-keys.js';
import { apiEnvironment, scalerEnvironment, workerEnvironment } from './environment.js';
import { unknownKeys } from './unknown-keys.js';

const text = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8');

interface Shown {
  readonly for: string;
  readonly sentence: string;
  readonly example: string;
}

/** Each key of `.env.example` with its section, the comment above it and the value it is shown with. */
const shown = new Map(
  text.split(/^## /m).flatMap((section) => {
    const [title = ''] = section.split('\n');
    return [...section.matchAll(/^# (.+)\n#?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
      ([, sentence = '', name = '', example = '']): [string, Shown] => [
        name,
        { for: title, sentence, example },
      ],
    );
  }),
);

const examples = Object.fromEntries(
  [...shown].flatMap(([name, { example }]): [string, string][] => (example === '' ? [] : [[name, example]])),
);

describe('.env.example', () => {
  it('lists exactly the keys that the processes read', () => {
    expect([...shown.keys()].sort()).toEqual(Object.keys(ENVIRONMENT).sort());
  });

  it('knows every key of the schemas', () => {
    const read = [apiEnvironment, workerEnvironment, scalerEnvironment].flatMap(({ shape }) =>
      Object.keys(shape),
    );
    expect(read.filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each(Object.entries(ENVIRONMENT))('says of %s what the code says', (name, entry) => {
    expect(shown.get(name)).toEqual({ for: entry.for, sentence: entry.sentence, example: entry.example });
  });

  it('sets nothing, so that a copy of it changes nothing', () => {
    expect(parseEnv(text)).toEqual({});
  });

  it('shows no secret', () => {
    const secrets = Object.entries(ENVIRONMENT).filter(([, entry]) => 'isSecret' in entry);
    expect(secrets.map(([name]) => name)).toEqual([
      'API_KEY_SECRET',
      'ADMIN_TOKEN',
      'OPENAI_API_KEY',
      'SCALER_HOOK_TOKEN',
      'OTEL_EXPORTER_OTLP_HEADERS',
    ]);
    for (const [name] of secrets) expect(shown.get(name)?.example).toBe('');
  });

  it('shows values that every process accepts', () => {
    expect(apiEnvironment.safeParse(examples).error).toBeUndefined();
    expect(workerEnvironment.safeParse(examples).error).toBeUndefined();
    expect(scalerEnvironment.safeParse(examples).error).toBeUndefined();
  });

  it.each([
    ['API', apiEnvironment],
    ['worker', workerEnvironment],
    ['scaler', scalerEnvironment],
  ])('shows the defaults of the %s where it has any', (_, schema) => {
    const accepted: Record<string, unknown> = schema.parse(examples);
    expect(accepted).toMatchObject(schema.parse({}));
  });
});

describe('an environment key that nobody reads', () => {
  it.each([
    ['WORKER_SLOTZ', 'WORKER_SLOTS'],
    ['WORKER_SLOT', 'WORKER_SLOTS'],
    ['WROKER_SLOTS', 'WORKER_SLOTS'],
    ['REDIS_URI', 'REDIS_URL'],
    ['DATABASE_URLS', 'DATABASE_URL'],
    ['OPENAI_API_KYE', 'OPENAI_API_KEY'],
  ])('and is one slip away from a known one is reported with it: %s', (name, near) => {
    expect(unknownKeys({ [name]: 'x' })).toEqual([`${name}: unknown environment key; did you mean ${near}?`]);
  });

  it.each(['WORKER_THREADS', 'SCALER_POLICY', 'SLUICE_MODE', 'SIMULATOR_RATE', 'BOARD_TITLE'])(
    'and begins like ours is reported: %s',
    (name) => {
      expect(unknownKeys({ [name]: 'x' })).toEqual([
        `${name}: unknown environment key; .env.example lists them all`,
      ]);
    },
  );

  it.each(['PROT', 'PATH', 'HOME', 'HOSTNAME', 'POOLS', 'NODE_ENV', 'npm_config_cache'])(
    'and belongs to somebody else is left alone: %s',
    (name) => {
      expect(unknownKeys({ [name]: 'x' })).toEqual([]);
    },
  );

  it.each([
    'WORKER_SERVICE_HOST',
    'WORKER_SERVICE_PORT',
    'WORKER_SERVICE_PORT_HTTP',
    'WORKER_PORT',
    'WORKER_PORT_80_TCP',
    'WORKER_PORT_80_TCP_ADDR',
  ])('and is a service link of Kubernetes is left alone: %s', (name) => {
    expect(unknownKeys({ [name]: 'tcp://10.0.0.7:80' })).toEqual([]);
  });

  it('and only ends like a service link is reported', () => {
    expect(unknownKeys({ METRIC_PORT: '9100' })).toEqual([
      'METRIC_PORT: unknown environment key; did you mean METRICS_PORT?',
    ]);
  });

  it('and was one of an earlier release is reported with what says the same now', () => {
    expect(unknownKeys({ WORKERS: '3' })).toEqual([
      expect.stringMatching(/^WORKERS: .*pools\.default\.scaling\.min and max in sluice\.config\.yaml$/),
    ]);
  });

  it('is not made of a known one', () => {
    expect(unknownKeys(Object.fromEntries(Object.keys(ENVIRONMENT).map((name) => [name, 'x'])))).toEqual([]);
  });
});
