import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { BootError } from '#common/errors/boot-error.js';
import { ENVIRONMENT, type EnvironmentName } from './environment-keys.js';
import { unknownKeys } from './unknown-keys.js';
import { configFile, type ConfigFile } from './config-file.js';
import { maskUrl } from './mask.js';

const DEFAULT_FILE = 'sluice.config.yaml';

export interface LoadedConfig<Environment> {
  readonly environment: Environment;
  readonly file: ConfigFile;
  /** What the file says, to hand on; empty where there is none. */
  readonly text: string;
}

/**
 * Reads the environment and the optional configuration file together.
 * @throws BootError naming every problem of both at once.
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): LoadedConfig<z.infer<Schema>> {
  const problems = unknownKeys(environment);
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const variables = schema.safeParse(present);
  if (!variables.success) problems.push(...sentences(variables.error, 'environment'));

  const { source: path, text } = configText(present, problems);
  const file = configFile.safeParse(parseYaml(text, path, problems) ?? {});
  if (!file.success) problems.push(...sentences(file.error, path));

  if (problems.length > 0 || !variables.success || !file.success) {
    throw new BootError(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n  ${problems.join('\n  ')}`,
    );
  }
  return { environment: variables.data, file: file.data, text };
}

function configText(
  { SLUICE_CONFIG: named, SLUICE_CONFIG_TEXT: text }: NodeJS.ProcessEnv,
  problems: string[],
): { readonly source: string; readonly text: string } {
  if (named !== undefined && text !== undefined)
    problems.push('SLUICE_CONFIG, SLUICE_CONFIG_TEXT: set only one');
  if (text !== undefined) return { source: 'SLUICE_CONFIG_TEXT', text };
  const path = named ?? DEFAULT_FILE;
  return { source: path, text: readConfigText(path, named !== undefined, problems) };
}

function readConfigText(path: string, isNamed: boolean, problems: string[]): string {
  if (!existsSync(path)) {
    if (isNamed) problems.push(`SLUICE_CONFIG: there is no file ${path}`);
    return '';
  }
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`);
    return '';
  }
}

function parseYaml(text: string, path: string, problems: string[]): unknown {
  try {
    const parsed: unknown = parse(text);
    return parsed;
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message.split('\n')[0] : 'is not YAML'}`);
    return {};
  }
}

function sentences(error: z.ZodError, source: string): string[] {
  return error.issues.map(({ path, message }) =>
    [source, path.join('.'), message].filter((part) => part !== '').join(': '),
  );
}

/** The effective environment for the boot log, with secrets and passwords masked. */
export function maskedEnvironment(environment: Record<string, unknown>): Record<string, unknown> {
  const isKnown = (name: string): name is EnvironmentName => Object.hasOwn(ENVIRONMENT, name);
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        if (!isKnown(name)) return [name, value];
        if (name === 'SLUICE_CONFIG_TEXT') return [name, `${String(value).length} characters`];
        if ('isSecret' in ENVIRONMENT[name]) return [name, '***'];
        return [name, /_(?:URL|ENDPOINT)$/.test(name) ? maskUrl(String(value)) : value];
      }),
  );
}
