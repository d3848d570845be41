export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface AuditDetail {
  readonly params: Json;
  readonly query: Json;
  readonly body: Json;
}

const MASK = '***';
const SECRET = /token|key|secret|passw|authorization|credential|cookie|prompt|messages/i;
/** Together about 4 KiB. */
const CHARACTERS_MAX = { params: 500, query: 1_000, body: 2_500 };

/**
 * What is kept of an admin write: what its path, query and body say, without secrets and prompts, as far as it fits. A part
 * that is too long becomes `{ cut, characters }`: its beginning as text, and how long it was.
 */
export function auditDetail({
  params,
  query,
  body,
}: Readonly<Record<keyof AuditDetail, unknown>>): AuditDetail {
  return {
    params: bounded(masked(params), CHARACTERS_MAX.params),
    query: bounded(masked(query), CHARACTERS_MAX.query),
    body: bounded(masked(body), CHARACTERS_MAX.body),
  };
}

/** As PostgreSQL's jsonb takes it: without NUL characters and halves of surrogate pairs. */
function masked(value: unknown): Json {
  if (typeof value === 'string') return storable(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item));
  const fields: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    fields.map(([name, field]) => [storable(name), isSecret(name, field) ? MASK : masked(field)]),
  );
}

/** By its name. A number of tokens is none. */
function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return false;
  return SECRET.test(name) && !(typeof value === 'number' && /tokens/i.test(name));
}

const storable = (text: string): string => text.replaceAll('\0', '\u{fffd}').toWellFormed();

function bounded(value: Json, charactersMax: number): Json {
  const text = JSON.stringify(value);
  if (text.length <= charactersMax) return value;
  return { cut: text.slice(0, charactersMax).toWellFormed(), characters: text.length };
}
