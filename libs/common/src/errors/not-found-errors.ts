import type { ErrorEntry } from './error-entry.js';

/** There is no such thing, or it is another caller’s: both are told alike. */
export const NOT_FOUND_ERRORS = {
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
  pool_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such pool. GET /admin/pools lists them.',
  },
  worker_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such worker, or it has gone. GET /admin/workers lists those that live.',
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
  job_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'never',
    sentence: 'There is no such job. It may be another caller’s, or older than the retention of results.',
  },
  webhook_endpoint_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such webhook endpoint. GET /webhooks/endpoints lists yours.',
  },
  webhook_delivery_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such delivery, or it is older than 30 days. GET /webhooks/deliveries lists yours.',
  },
  file_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such file. It may be another caller’s, deleted, or older than files are kept.',
  },
  batch_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such batch. GET /v1/batches lists yours.',
  },
  dead_letter_not_found: {
    status: 404,
    type: 'not_found_error',
    retry: 'changed',
    sentence: 'There is no such dead letter in this pool. GET /admin/queues/{pool}/dead-letters lists them.',
  },
} as const satisfies Record<string, ErrorEntry>;
