import { isWire, type Wire } from './wire.js';

/** What stands where our key stood. */
export const REDACTED = '***';

/** A shorter key is a placeholder like `none` or `EMPTY`, as local servers have it: redacting it would spoil texts. */
const SECRET_CHARACTERS_MIN = 8;
/** No honest answer is nested so deep, and what is could not be written as JSON again. */
const DEPTH_MAX = 64;

/** What must not be seen in what a backend says: its API key. Null: it has none. */
export type Secret = string | null;

export const secretOf = (apiKey: string | undefined): Secret =>
  apiKey !== undefined && apiKey.length >= SECRET_CHARACTERS_MIN ? apiKey : null;

export const redactText = (text: string, secret: Secret): string =>
  secret === null ? text : text.replaceAll(secret, REDACTED);

/** A JSON value with the secret nowhere in it, names of fields included. What is deeper than 64 levels is null. */
export function redactValue(value: unknown, secret: Secret, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, secret);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secret, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      redactText(name, secret),
      redactValue(field, secret, depth + 1),
    ]),
  );
}

/** An object stays one. */
export function redactWire(value: Wire, secret: Secret): Record<string, unknown> {
  const redacted = redactValue(value, secret);
  return isWire(redacted) ? redacted : {};
}
