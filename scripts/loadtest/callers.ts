import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LaunchError, messageOf } from '../local/launch-error.js';
import type { Weighted } from './chance.js';

/** Who asks. The names are for the report: the API knows its own. */
export interface Caller {
  /** Null: without a key, and only by X-User-ID. */
  readonly key: string | null;
  readonly tenant: string | null;
  readonly tier: string | null;
}

export const ANONYMOUS: Caller = { key: null, tenant: null, tier: null };

const KEYS_MAX = 10_000;
const name = z.string().min(1).max(100);

const keysFile = z
  .array(
    z.strictObject({
      key: z
        .string()
        .regex(/^[\x21-\x7e]+$/, 'has other characters than visible ASCII')
        .nullish(),
      tenant: name.nullish(),
      tier: name.nullish(),
      weight: z.number().nonnegative().default(1),
    }),
  )
  .min(1)
  .max(KEYS_MAX)
  .refine((entries) => entries.some(({ weight }) => weight > 0), 'no weight is greater than 0');

/** @throws LaunchError with what is wrong; it tells no key. */
export function callersFromFile(file: string): Weighted<Caller> {
  const read = keysFile.safeParse(jsonOf(file));
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw new LaunchError(
      `--keys ${file}${where}: ${issue?.message ?? 'is wrong'}. It must be a JSON list such as [{"key": "sk-…", "tenant": "acme", "tier": "premium", "weight": 3}].`,
    );
  }
  return read.data.map(({ key = null, tenant = null, tier = null, weight }) => [
    { key, tenant, tier },
    weight,
  ]);
}

function jsonOf(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LaunchError(`--keys: ${messageOf(error)}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says would quote the file.
    throw new LaunchError(`--keys ${file} is no JSON.`);
  }
}
