import { describe, expect, it } from '@jest/globals';
import { BATCH_STATUSES, isEnded, OPEN_STATUSES, waysInto } from './batch-state.policy.js';

describe('the life of a batch', () => {
  it('ends as completed, failed, expired or cancelled, and in no other way', () => {
    expect(BATCH_STATUSES.filter(isEnded)).toEqual(['completed', 'failed', 'expired', 'cancelled']);
    expect(OPEN_STATUSES).toEqual(['validating', 'in_progress', 'finalizing', 'cancelling']);
  });

  it('cannot be cancelled once its lines are all done', () => {
    expect(waysInto('cancelling')).toEqual(['validating', 'in_progress']);
  });

  it('completes through finalizing alone', () => {
    expect(waysInto('completed')).toEqual(['finalizing']);
    expect(waysInto('finalizing')).toEqual(['in_progress']);
  });
});
