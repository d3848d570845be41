import type { ErrorEntry } from './error-entry.js';

/** Something misbehaved that is not the caller's. */
export const SERVER_ERRORS = {
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
  scaling_unknown: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'No scaler knew this pool and decided about it within the last 30 s.',
  },
  backend_unavailable: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'No backend for this model could be reached.',
  },
  dashboard_full: {
    status: 503,
    type: 'server_error',
    retry: 'later',
    sentence: 'As many dashboards are open as this process serves. Close one of them.',
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
