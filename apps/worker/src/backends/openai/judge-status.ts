import { z } from 'zod';
import type { BackendRefusal } from '#common/contracts/outcome.js';
import type { CallOutcome } from '../backend.js';
import { redactText, type Secret } from './redact-key.js';
import { hasError, type Wire } from './wire.js';

export interface AnsweredStatus {
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** What came with it. */
  readonly body: unknown;
}

/** These say "not now". */
const PASSING = new Set([408, 409, 425]);
/** These say that our key is wrong, which is not the caller's fault. */
const MISCONFIGURED = new Set([401, 403]);

/** It found the request invalid: another try would hear the same. */
export const isRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 429 && !PASSING.has(status) && !MISCONFIGURED.has(status);

/** What a status says that is no success. Only a refusal's own words are passed on, to its caller. */
export function judgeStatus({ status, retryAfterMs, body }: AnsweredStatus, secret: Secret): CallOutcome {
  if (status >= 300 && status < 400) return { kind: 'garbled', because: 'redirect' };
  if (status === 429) return { kind: 'throttled', retryAfterMs };
  if (isRefusal(status)) return { kind: 'refused', status, refusal: refusalOf(status, body, secret) };
  return { kind: 'unavailable', because: 'server-error', status, retryAfterMs };
}

const MESSAGE_CHARACTERS_MAX = 2_000;
const WORD_CHARACTERS_MAX = 200;

const word = z
  .union([z.string().min(1), z.number()])
  .transform((said) => String(said))
  .nullish()
  .catch(null);
const named = { type: word, code: word, param: word };
const message = z.string().min(1);

/** An error as OpenAI words it, and as others do: bare, as a text, or as `detail` (FastAPI). */
const errorBody = z.union([
  z.object({ error: z.object({ message, ...named }) }).transform(({ error }) => error),
  z.object({ message, ...named }),
  z.object({ error: message }).transform(({ error }) => ({ message: error })),
  z.object({ detail: message }).transform(({ detail }) => ({ message: detail })),
]);

function refusalOf(status: number, body: unknown, secret: Secret): BackendRefusal {
  const said: { message?: string; type?: unknown; code?: unknown; param?: unknown } =
    errorBody.safeParse(body).data ?? {};
  // Redacted before it is cut: a part of the key would not be found.
  const shown = (text: unknown, most: number): string | null =>
    typeof text === 'string' ? redactText(text, secret).slice(0, most) : null;
  return {
    status,
    message:
      shown(said.message, MESSAGE_CHARACTERS_MAX) ?? `The backend answered with status ${String(status)}.`,
    type: shown(said.type, WORD_CHARACTERS_MAX),
    code: shown(said.code, WORD_CHARACTERS_MAX),
    param: shown(said.param, WORD_CHARACTERS_MAX),
  };
}

const statusCode = z.number().int().min(400).max(599);
const errorWithStatus = z.union([
  z.object({ status: statusCode }).transform(({ status }) => status),
  z.object({ code: statusCode }).transform(({ code }) => code),
  z.object({ status_code: statusCode }).transform(({ status_code }) => status_code),
]);

/** An error that came where an answer should: by its status if it names one. Null: there is no error in it. */
export function judgeErrorObject(body: Wire, secret: Secret): CallOutcome | null {
  if (!hasError(body)) return null;
  const status = errorWithStatus.safeParse(body['error']).data;
  if (status === undefined) return { kind: 'garbled', because: 'error-object' };
  return judgeStatus({ status, retryAfterMs: null, body }, secret);
}
