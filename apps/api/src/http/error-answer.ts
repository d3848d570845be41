import { CATALOGUE, type ErrorCode, type ErrorEntry } from '#common/errors/catalogue.js';
import { errorHeaders, errorObjectOf, problemDetails } from '#common/errors/problem-details.js';
import { Refusal } from '#common/errors/refusal.js';
import { refusalOf } from '#common/errors/refusal-of.js';
import { BackendRefused } from './backend-refused.js';

export interface ErrorAnswer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The `error` object of every error, on its own: for whoever is told of it in the middle of an answer. */
export const errorObject = (thrown: unknown, requestId: string) =>
  errorObjectOf(refusalOf(thrown) ?? new Refusal('internal_error'), requestId);

/** The `error` object of /v1: of a backend that refused in its own words; where it named no type, in ours. */
export function openAiError(thrown: unknown, requestId: string) {
  const error = errorObject(thrown, requestId);
  if (!(thrown instanceof BackendRefused)) return error;
  const { message, type, code, param } = thrown.said;
  return { ...error, message, param, type: type ?? 'invalid_request_error', code };
}

/** One shape for every error: RFC 9457 problem details with the `error` object inside; on /v1 OpenAI's object alone. */
export function errorAnswer(thrown: unknown, request: { id: string; url: string }): ErrorAnswer {
  const refusal = refusalOf(thrown) ?? new Refusal('internal_error');
  const { code } = refusal;
  const entry: ErrorEntry = CATALOGUE[code];
  const isOpenAi = isOpenAiPath(request.url);
  const said = isOpenAi && refusal instanceof BackendRefused ? refusal.said : null;
  const status = said?.status ?? entry.status;
  return {
    status,
    code,
    headers: {
      'content-type': isOpenAi
        ? 'application/json; charset=utf-8'
        : 'application/problem+json; charset=utf-8',
      ...errorHeaders(refusal, status),
      ...(isOpenAi && UNTRIED.has(code) ? { 'x-should-retry': 'false' } : {}),
    },
    body: isOpenAi ? { error: openAiError(refusal, request.id) } : problemDetails(refusal, request.id),
  };
}

const isOpenAiPath = (url: string): boolean => url.startsWith('/v1/');

/**
 * Clients of OpenAI's SDK would try these again at once, twice. Our workers have tried already, on every backend there
 * is; and whoever cancelled a job does not want it.
 */
const UNTRIED: ReadonlySet<ErrorCode> = new Set([
  'backend_bad_response',
  'stream_interrupted',
  'job_cancelled',
]);
