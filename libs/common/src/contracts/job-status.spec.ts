import { describe, expect, it } from '@jest/globals';
import { isFinal, JOB_STATUSES } from './job-status.js';
import { settledEvent } from './settled-event.js';
import { wakeUp } from './wake-up.js';

describe('the life of a job', () => {
  it('is open while it is queued or running, and in no other status', () => {
    expect(JOB_STATUSES.filter((status) => !isFinal(status))).toEqual(['queued', 'running']);
  });

  it('ends as completed, failed, cancelled or expired', () => {
    expect(JOB_STATUSES.filter(isFinal)).toEqual(['completed', 'failed', 'cancelled', 'expired']);
  });

  it('ends only in ways that the event and the wake-up can tell', () => {
    const final = JOB_STATUSES.filter(isFinal);
    expect(settledEvent.shape.status.options).toEqual(final);
    expect(wakeUp.shape.status.options).toEqual(final);
  });
});
