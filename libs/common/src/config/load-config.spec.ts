import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { BootError } from '#common/errors/boot-error.js';
import { configFile } from './config-file.js';
import { apiEnvironment } from './environment.js';
import { loadConfig, maskedEnvironment } from './load-config.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-config-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function written(yaml: string): string {
  const file = path.join(directory, 'sluice.config.yaml');
  writeFileSync(file, yaml);
  return file;
}

const load = (yaml: string, environment: NodeJS.ProcessEnv = {}) =>
  loadConfig(apiEnvironment, { SLUICE_CONFIG: written(yaml), ...environment });

function complaintAbout(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof BootError) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    const { environment, file } = load('');
    expect(environment).toMatchObject({ PORT: 8_000, LOG_LEVEL: 'info', REDIS_ALLOW_VOLATILE: false });
    expect(file).toMatchObject({
      pools: { default: { models: ['*'], queued_max: 100_000, fair_cost: 'jobs' } },
      prices: {},
      backends: [],
    });
  });

  it('has the tiers anonymous, basic and premium, each with every limit, and four times basic’s share for premium', () => {
    const { anonymous, basic, premium } = load('').file.tiers;
    for (const tier of [anonymous, basic, premium])
      expect(Object.keys(tier ?? {})).toEqual(
        expect.arrayContaining(['requests', 'tokens', 'concurrent', 'queued']),
      );
    expect(premium).toMatchObject({ share: 4 * (basic?.share ?? Number.NaN), adaptive_floor: 0.5 });
  });

  it('replaces a tier that it names, whole, and keeps the others', () => {
    const { tiers } = load('tiers: { basic: { share: 3 }, gold: { concurrent: { max: 5 } } }').file;
    expect(Object.keys(tiers).sort()).toEqual(['anonymous', 'basic', 'gold', 'premium']);
    expect(tiers['basic']).toEqual({ share: 3, adaptive_floor: 0.1 });
    expect(tiers['gold']).toEqual({ share: 1, adaptive_floor: 0.1, concurrent: { max: 5, shadow: false } });
  });

  it('reports every problem of environment and file at once, one on each line', () => {
    const yaml = 'pools: { gold: { models: [] } }\ntiers: 7\nbackend: []\n';
    const message = complaintAbout(() =>
      load(yaml, { WORKER_SLOTZ: '3', PORT: 'eighty', LOG_LEVEL: 'loud' }),
    );
    const [first, ...problems] = message.split('\n').map((line) => line.trim());
    expect(first).toBe(`The configuration has ${problems.length} problems:`);
    const parts = [
      /^WORKER_SLOTZ: .*did you mean WORKER_SLOTS\?$/,
      /^environment: PORT: /,
      /^environment: LOG_LEVEL: /,
      /sluice\.config\.yaml: pools\.gold\.models: /,
      /sluice\.config\.yaml: pools: must have a pool named default$/,
      /sluice\.config\.yaml: tiers: /,
      /sluice\.config\.yaml: .*backend/,
    ];
    for (const part of parts) expect(problems.filter((problem) => part.test(problem))).toHaveLength(1);
    expect(problems).toHaveLength(parts.length);
  });

  it('names a file that was asked for and is not there', () => {
    const file = path.join(directory, 'absent.yaml');
    const message = complaintAbout(() => loadConfig(apiEnvironment, { SLUICE_CONFIG: file }));
    expect(message).toBe(`The configuration has 1 problem:\n  SLUICE_CONFIG: there is no file ${file}`);
  });

  it('is read from the environment itself where there is no file, and is not repeated in the boot log', () => {
    const { file, text, environment } = loadConfig(apiEnvironment, {
      SLUICE_CONFIG_TEXT: 'tiers: { gold: {} }',
    });
    expect(Object.keys(file.tiers)).toContain('gold');
    expect(text).toBe('tiers: { gold: {} }');
    expect(maskedEnvironment(environment)).toMatchObject({ SLUICE_CONFIG_TEXT: '19 characters' });
    expect(complaintAbout(() => load('', { SLUICE_CONFIG_TEXT: 'tiers: 7' }))).toContain('set only one');
    const wrong = complaintAbout(() => loadConfig(apiEnvironment, { SLUICE_CONFIG_TEXT: 'tiers: 7' }));
    expect(wrong).toContain('SLUICE_CONFIG_TEXT: tiers: ');
  });

  it('names the place where a file is no YAML', () => {
    expect(complaintAbout(() => load('pools: [\n'))).toMatch(/sluice\.config\.yaml: .*line \d+/);
  });

  it.each([
    ['pools: { gold: { models: ["*"] } }', 'must have a pool named default'],
    [
      'tiers: { gold: { requests: { per_minute: 5, burst: 9, strategy: fixed_window } } }',
      'burst belongs to the strategy token_bucket',
    ],
    [
      'tiers: { gold: { requests: { per_minute: 0.5, strategy: fixed_window } } }',
      'lets nobody in without a burst',
    ],
    ['tiers: { gold: { request: { per_minute: 5 } } }', 'Unrecognized key: "request"'],
    ['tiers: { gold: { tokens: { per_minute: 0 } } }', 'tiers.gold.tokens.per_minute'],
    [
      'backends: [{ id: a, kind: simulator, models: ["*"] }, { id: a, kind: simulator, models: ["*"] }]',
      'two backends have the same id',
    ],
    ['pools: { default: { models: ["a*b"] } }', 'a * may stand only at the end'],
    ['pools: { default: { models: ["a\\u0000*"] } }', 'use visible ASCII characters'],
    ['routes: { "*": { fallbacks: ["x\\udfff"] } }', 'use visible ASCII characters'],
  ])('refuses %s', (yaml, because) => {
    expect(complaintAbout(() => load(yaml))).toContain(because);
  });

  it('takes an empty value for none', () => {
    expect(load('', { PORT: '', ADMIN_TOKEN: '' }).environment).toMatchObject({ PORT: 8_000 });
  });

  it('hides secrets and passwords from the boot log', () => {
    const { environment } = load('', {
      ADMIN_TOKEN: 'CANARY-of-some-length',
      REDIS_URL: 'redis://:CANARY@127.0.0.1:6379',
      DATABASE_URL: 'postgresql://sluice:CANARY@127.0.0.1/sluice',
    });
    const masked = maskedEnvironment(environment);
    expect(masked).toMatchObject({ ADMIN_TOKEN: '***', REDIS_URL: 'redis://:***@127.0.0.1:6379' });
    expect(JSON.stringify(masked)).not.toContain('CANARY');
  });
});

describe('sluice.config.example.yaml', () => {
  const text = readFileSync(new URL('../../../../sluice.config.example.yaml', import.meta.url), 'utf8');

  it('is a valid configuration', () => {
    expect(configFile.safeParse(parse(text)).error).toBeUndefined();
  });

  it('is valid with what it only mentions, too', () => {
    const mentioned = text.replace(/^ {2}# ( *)(large:|  models:|  queued_max:)/gm, '  $1$2');
    const { pools } = configFile.parse(parse(mentioned));
    expect(Object.keys(pools)).toEqual(['default', 'large']);
  });

  it('shows every part of a configuration and every kind of backend', () => {
    const { pools, tiers, prices, routes, backends } = configFile.parse(parse(text));
    expect(Object.keys(parse(text) as object).sort()).toEqual(Object.keys(configFile.shape).sort());
    expect(Object.keys(routes)).toEqual(['gpt-4o']);
    expect(Object.keys(pools)).toEqual(['default']);
    expect(Object.keys(tiers)).toEqual(['anonymous', 'basic', 'premium', 'trial']);
    expect(Object.keys(prices)).toHaveLength(2);
    expect(backends.map(({ kind }) => kind).sort()).toEqual(['openai', 'simulator']);
  });
});
