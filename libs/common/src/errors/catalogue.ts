/** Who should send the request again: the caller unchanged (`later`), the caller after a change (`changed`), or nobody. */
export type Retry = 'later' | 'changed' | 'never';

export interface ErrorEntry {
  readonly status: number;
  readonly type: string;
  readonly retry: Retry;
  /** The public sentence: what happened and what to do. A coded error may carry a more precise one. */
  readonly sentence: string;
}

/** Every error a caller can see. `docs/failure-modes.md` has a heading for each code. */
export const CATALOGUE = {
  invalid_json: {
    status: 400,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'The body is not valid JSON in UTF-8. Send one JSON object.',
  },
  too_deep: {
    status: 400,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'The body is nested deeper than 32 levels. Flatten it.',
  },
  invalid_value: {
    status: 400,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'A field has a value that is not accepted. Correct the field named in param.',
  },
  request_exceeds_token_limit: {
    status: 400,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence:
      'This one request needs more tokens than your tier allows at once. Shorten the prompt or lower max_tokens.',
  },
  url_not_allowed: {
    status: 400,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence:
      'The URL points inside the network, or is no http or https URL. Use a public address, or have its host added to BACKEND_ALLOW_HOSTS.',
  },
  invalid_api_key: {
    status: 401,
    type: 'authentication_error',
    retry: 'changed',
    sentence:
      'The API key is missing or not valid. Send a key as a bearer token or as X-API-Key; it may have been revoked or have expired.',
  },
  scope_not_allowed: {
    status: 403,
    type: 'permission_error',
    retry: 'changed',
    sentence: 'This API key may not do this. Use a key with the scope that the message names.',
  },
  model_not_allowed: {
    status: 403,
    type: 'permission_error',
    retry: 'changed',
    sentence: 'This API key may not use this model. Choose another model or another key.',
  },
  origin_refused: {
    status: 403,
    type: 'permission_error',
    retry: 'never',
    sentence:
      'An admin route was called from a page of another origin. Call it from its own pages, or with ADMIN_TOKEN as a bearer token.',
  },
  key_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such API key. GET /admin/keys lists them by id.',
  },
  backend_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such backend. GET /admin/backends lists them.',
  },
  model_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'No backend serves this model. GET /v1/models lists those that are known by name.',
  },
  route_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such route. GET /docs lists them.',
  },
  admin_required: {
    status: 401,
    type: 'authentication_error',
    retry: 'changed',
    sentence:
      'This is for administrators. Send ADMIN_TOKEN as a bearer token, or sign in at /admin/login; with none set, call it from the same machine.',
  },
  job_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'never',
    sentence: 'There is no such job. It may be another caller’s, or older than the retention of results.',
  },
  job_final: {
    status: 409,
    type: 'conflict_error',
    retry: 'never',
    sentence: 'The job has already ended and cannot be cancelled.',
  },
  backend_exists: {
    status: 409,
    type: 'conflict_error',
    retry: 'changed',
    sentence: 'There is a backend with this id. Change it with PATCH, or use another id.',
  },
  job_cancelled: {
    status: 409,
    type: 'conflict_error',
    retry: 'later',
    sentence: 'The job was cancelled while this call waited for it.',
  },
  body_too_large: {
    status: 413,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'The body is larger than 1 MiB. Send less.',
  },
  unsupported_media_type: {
    status: 415,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'Set content-type: application/json, and send the body uncompressed.',
  },
  idempotency_key_reused: {
    status: 422,
    type: 'idempotency_error',
    retry: 'changed',
    sentence: 'This Idempotency-Key came with another body before. Use a new key for a new request.',
  },
  insufficient_quota: {
    status: 429,
    type: 'insufficient_quota',
    retry: 'later',
    sentence: 'The budget of this day is spent. It begins anew at midnight UTC.',
  },
  rate_limit_exceeded: {
    status: 429,
    type: 'rate_limit_error',
    retry: 'later',
    sentence: 'A limit is reached. Wait as Retry-After says.',
  },
  internal_error: {
    status: 500,
    type: 'server_error',
    retry: 'later',
    sentence: 'Something went wrong on our side. It has been logged under the request id.',
  },
  job_lost: {
    status: 500,
    type: 'server_error',
    retry: 'later',
    sentence: 'The job was removed from its queue before it ended. Send it again.',
  },
  backend_bad_response: {
    status: 502,
    type: 'backend_error',
    retry: 'later',
    sentence:
      'The model’s backend failed or answered nonsense, also when tried again. The worker’s log says what it answered.',
  },
  backend_refused: {
    status: 502,
    type: 'backend_error',
    retry: 'changed',
    sentence: 'The model’s backend refused this request as invalid. Change the model or the parameters.',
  },
  stream_interrupted: {
    status: 502,
    type: 'backend_error',
    retry: 'later',
    sentence: 'The model’s backend broke off after it had begun to answer. What was sent is incomplete.',
  },
  worker_crashed: {
    status: 502,
    type: 'backend_error',
    retry: 'never',
    sentence: 'The job ended its worker three times and was given up. It is kept among the dead letters.',
  },
  queue_full: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'The queue is full. Wait as Retry-After says.',
  },
  overloaded: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence:
      'The request would wait longer than its deadline allows. Wait as Retry-After says, or allow more time.',
  },
  dependency_unavailable: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'A store that this needs cannot be reached just now. No quota was spent.',
  },
  backend_unavailable: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'No backend for this model could be reached.',
  },
  stopping: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'This process is stopping. Send the request again; another one will take it.',
  },
  deadline_exceeded: {
    status: 504,
    type: 'timeout_error',
    retry: 'changed',
    sentence: 'The job did not finish before its deadline. Allow more time with timeout_ms.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text);
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(CATALOGUE).filter(isErrorCode);
