import { describe, expect, it } from '@jest/globals';
import { PENDING_MAX, PENDING_WITH_RESULTS_MAX, roomFor } from './room.policy.js';

describe('the room for a tenant’s next webhook', () => {
  it.each([
    [null, 'whole'],
    [0, 'whole'],
    [PENDING_WITH_RESULTS_MAX - 1, 'whole'],
    [PENDING_WITH_RESULTS_MAX, 'without-result'],
    [PENDING_MAX - 1, 'without-result'],
    [PENDING_MAX, 'none'],
    [10 * PENDING_MAX, 'none'],
  ])('with %p pending is %s', (pending, room) => {
    expect(roomFor(pending)).toBe(room);
  });
});
