import { jobUrl } from '#common/jobs/job-url.js';
import type { QueuePlace } from '../jobs/queue-place.js';
import type { AcceptedAnswer } from './generate.schema.js';

const PLACE_UNKNOWN: QueuePlace = { queue_position: null, estimated_wait_ms: null };

/** The answer to a job that goes on without its caller; `place` is null when the queue cannot be read. */
export function accepted(jobId: string, requestId: string, place: QueuePlace | null): AcceptedAnswer {
  const url = jobUrl(jobId);
  return {
    job_id: jobId,
    status: place !== null && place.queue_position === null ? 'running' : 'queued',
    request_id: requestId,
    status_url: url,
    result_url: `${url}?wait=20`,
    stream_url: `${url}/stream`,
    cancel_url: url,
    ...(place ?? PLACE_UNKNOWN),
  };
}
