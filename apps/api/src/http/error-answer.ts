import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { CATALOGUE, type ErrorCode, type ErrorEntry } from '#common/errors/catalogue.js';
import { Refusal } from '#common/errors/refusal.js';
import { BackendRefused } from './backend-refused.js';

export interface ErrorAnswer {
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const isServerTrouble = (status: number): boolean => status >= 500;

/** What Fastify and Nest throw by themselves, in our codes. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error) {
    switch (error.code) {
      case 'FST_ERR_CTP_BODY_TOO_LARGE':
        return new Refusal('body_too_large');
      case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      case 'FST_ERR_CTP_INVALID_TYPE':
        return new Refusal('unsupported_media_type');
      case 'FST_ERR_BAD_URL':
        return new Refusal('invalid_value', { param: 'url', message: 'The path of the URL is not valid.' });
      case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      case 'FST_ERR_CTP_INVALID_JSON_BODY':
      case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
        return new Refusal('invalid_json');
    }
  }
  const status = error instanceof HttpException ? error.getStatus() : null;
  if (status === 413) return new Refusal('body_too_large');
  if (status === 415) return new Refusal('unsupported_media_type');
  if (status === 404) return new Refusal('route_not_found');
  if (status === 400) return new Refusal('invalid_json');
  if ('statusCode' in error && error.statusCode === 400) return new Refusal('invalid_json');
  return null;
}

/** The `error` object of every error, on its own: for whoever is told of it in the middle of an answer. */
export function errorObject(thrown: unknown, requestId: string) {
  const { code, detail, message } = refusalOf(thrown) ?? new Refusal('internal_error');
  const entry: ErrorEntry = CATALOGUE[code];
  return {
    message,
    type: entry.type,
    code,
    param: detail.param ?? null,
    request_id: requestId,
    ...(detail.jobId === undefined ? {} : { job_id: detail.jobId }),
  };
}

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
  const { code, detail } = refusal;
  const entry: ErrorEntry = CATALOGUE[code];
  const isOpenAi = isOpenAiPath(request.url);
  const error = isOpenAi ? openAiError(refusal, request.id) : errorObject(refusal, request.id);
  const said = isOpenAi && refusal instanceof BackendRefused ? refusal.said : null;
  const status = said?.status ?? entry.status;
  const problem = {
    type: `urn:sluice:error:${code}`,
    title: STATUS_CODES[entry.status] ?? 'Error',
    status: entry.status,
    detail: refusal.message,
    instance: `urn:sluice:request:${request.id}`,
    error,
  };
  return {
    status,
    code,
    headers: {
      'content-type': isOpenAi
        ? 'application/json; charset=utf-8'
        : 'application/problem+json; charset=utf-8',
      ...(detail.jobId === undefined ? {} : { 'x-sluice-job-id': detail.jobId }),
      ...detail.headers,
      ...retryHeaders({ ...entry, status }, detail.retryAfterSeconds),
      ...(isOpenAi && UNTRIED.has(code) ? { 'x-should-retry': 'false' } : {}),
      ...(code in REALMS ? { 'www-authenticate': `Bearer realm="${REALMS[code] ?? ''}"` } : {}),
    },
    body: isOpenAi ? { error } : problem,
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

const REALMS: Readonly<Record<string, string>> = {
  admin_required: 'Sluice administration',
  invalid_api_key: 'Sluice',
};

/** Clients of OpenAI's SDK wait as `retry-after-ms` says and do not try again where `x-should-retry` is false. */
function retryHeaders(entry: ErrorEntry, seconds: number | undefined): Record<string, string> {
  const isRetryable = entry.retry === 'later';
  if (!isRetryable) return isServerTrouble(entry.status) ? { 'x-should-retry': 'false' } : {};
  const wait = seconds ?? (entry.status === 503 || entry.status === 429 ? 1 : undefined);
  if (wait === undefined) return {};
  return {
    'retry-after': String(Math.ceil(wait)),
    'retry-after-ms': String(Math.ceil(wait * 1_000)),
    ...(wait > 60 ? { 'x-should-retry': 'false' } : {}),
  };
}
