import type { JobStatus } from './job-status.js';
import type { Outcome } from './outcome.js';

/** The end of a job whose caller was told 503, because Redis did not answer when it was submitted: nobody worked on it. */
export const NEVER_ACCEPTED_OUTCOME = {
  attempts: 0,
  error_code: 'dependency_unavailable',
} as const satisfies Outcome;

/** To its caller such a job never was: nobody is told of its end, and a line of a batch is submitted again. */
export const wasNeverAccepted = ({
  status,
  outcome,
}: {
  readonly status: JobStatus;
  readonly outcome: Outcome | null;
}): boolean =>
  status === 'failed' && outcome?.error_code === NEVER_ACCEPTED_OUTCOME.error_code && outcome.attempts === 0;
