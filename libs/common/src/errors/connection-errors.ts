import type { ErrorEntry } from './error-entry.js';

/** What came over a connection never became a request. The connection is closed. */
export const CONNECTION_ERRORS = {
  malformed_request: {
    status: 400,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'This is not valid HTTP/1.1. Use a client that keeps to it.',
  },
  request_timeout: {
    status: 408,
    type: 'invalid_request_error',
    retry: 'later',
    sentence: 'The request did not arrive within 30 s (its headers within 10 s). Send it again, faster.',
  },
  headers_too_large: {
    status: 431,
    type: 'invalid_request_error',
    retry: 'changed',
    sentence: 'The headers, or the URL, are larger than 16 KiB. Send less.',
  },
} as const satisfies Record<string, ErrorEntry>;
