import { STATUS_CODES } from 'node:http';
import { CATALOGUE, type ErrorEntry } from './catalogue.js';
import type { Refusal } from './refusal.js';

const REALMS: Readonly<Record<string, string>> = {
  admin_required: 'Sluice administration',
  hook_token_required: 'Sluice scaler',
  invalid_api_key: 'Sluice',
};

/** The `error` object of an error answer. */
export function errorObjectOf({ code, detail, message }: Refusal, requestId: string) {
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

/** Problem details (RFC 9457) with the `error` object inside. */
export function problemDetails(refusal: Refusal, requestId: string) {
  const { status }: ErrorEntry = CATALOGUE[refusal.code];
  return {
    type: `urn:sluice:error:${refusal.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: refusal.message,
    instance: `urn:sluice:request:${requestId}`,
    error: errorObjectOf(refusal, requestId),
  };
}

/** What goes with an error whatever the shape of its body. `status` is the one it is sent with. */
export function errorHeaders({ code, detail }: Refusal, status: number): Record<string, string> {
  return {
    ...(detail.jobId === undefined ? {} : { 'x-sluice-job-id': detail.jobId }),
    ...detail.headers,
    ...retryHeaders({ ...CATALOGUE[code], status }, detail.retryAfterSeconds),
    ...(code in REALMS ? { 'www-authenticate': `Bearer realm="${REALMS[code] ?? ''}"` } : {}),
  };
}

/** Clients of OpenAI's SDK wait as `retry-after-ms` says and do not try again where `x-should-retry` is false. */
function retryHeaders({ status, retry }: ErrorEntry, seconds: number | undefined): Record<string, string> {
  if (retry !== 'later') return status >= 500 ? { 'x-should-retry': 'false' } : {};
  const wait = seconds ?? (status === 503 || status === 429 ? 1 : undefined);
  if (wait === undefined) return {};
  return {
    'retry-after': String(Math.ceil(wait)),
    'retry-after-ms': String(Math.ceil(wait * 1_000)),
    ...(wait > 60 ? { 'x-should-retry': 'false' } : {}),
  };
}
