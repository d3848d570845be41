import type { ErrorEntry } from './error-entry.js';

/** The caller has to change something, or to come back later. */
export const CALLER_ERRORS = {
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
      'The URL points inside the network, or is no http or https URL. Use a public address, or have its host added to BACKEND_ALLOW_HOSTS (of backends) or WEBHOOK_ALLOW_HOSTS (of webhooks).',
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
  admin_required: {
    status: 401,
    type: 'authentication_error',
    retry: 'changed',
    sentence:
      'This is for administrators. Send ADMIN_TOKEN as a bearer token, or sign in at /admin/login; with none set, call it from the same machine.',
  },
  hook_token_required: {
    status: 401,
    type: 'authentication_error',
    retry: 'changed',
    sentence:
      'This hook is for those who know its token. Send SCALER_HOOK_TOKEN as a bearer token; with none set, call it from the same machine.',
  },
  dead_letter_not_replayable: {
    status: 409,
    type: 'conflict_error',
    retry: 'later',
    sentence: 'This dead letter cannot be replayed or removed now. It may not be settled yet: wait 5 s.',
  },
  job_final: {
    status: 409,
    type: 'conflict_error',
    retry: 'never',
    sentence: 'The job has already ended and cannot be cancelled.',
  },
  batch_final: {
    status: 409,
    type: 'conflict_error',
    retry: 'never',
    sentence: 'The batch has already ended and cannot be cancelled.',
  },
  batches_full: {
    status: 409,
    type: 'conflict_error',
    retry: 'later',
    sentence: 'You have as many unfinished batches as you can have. Wait until one ends, or cancel one.',
  },
  files_full: {
    status: 409,
    type: 'conflict_error',
    retry: 'changed',
    sentence: 'Your files take as much space as they may. Delete some that you do not need.',
  },
  webhook_endpoints_full: {
    status: 409,
    type: 'conflict_error',
    retry: 'changed',
    sentence: 'You have as many webhook endpoints as you can have. Delete one.',
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
  scaling_orders_full: {
    status: 409,
    type: 'conflict_error',
    retry: 'changed',
    sentence: 'This pool has as many orders as it can have. Take one back, or wait until one expires.',
  },
  body_too_large: {
    status: 413,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'The body is larger than 1 MiB. Send less.',
  },
  file_too_large: {
    status: 413,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'The file is larger than 100 MB. Split it.',
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
} as const satisfies Record<string, ErrorEntry>;
