import { describe, expect, it } from '@jest/globals';
import { accepted } from './answers.js';
import { acceptedAnswer } from './generate.schema.js';

describe('accepted', () => {
  it('says where the job is looked at, waited for and cancelled, and its place', () => {
    const answer = accepted('job_1', 'req_1', { queue_position: 2, estimated_wait_ms: 400 });
    expect(acceptedAnswer.parse(answer)).toEqual(answer);
    expect(answer).toEqual({
      job_id: 'job_1',
      status: 'queued',
      request_id: 'req_1',
      status_url: '/jobs/job_1',
      result_url: '/jobs/job_1?wait=20',
      stream_url: '/jobs/job_1/stream',
      cancel_url: '/jobs/job_1',
      queue_position: 2,
      estimated_wait_ms: 400,
    });
  });

  it('says queued for the first in the queue, and running for what waits no more', () => {
    expect(accepted('j', 'r', { queue_position: 0, estimated_wait_ms: 0 }).status).toBe('queued');
    expect(accepted('j', 'r', { queue_position: null, estimated_wait_ms: null }).status).toBe('running');
  });
});
