import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BatchLease } from './batch-lease.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const leaseWith = (keep: () => Promise<boolean>) =>
  new BatchLease({ epoch: 1, holder: 'h', takenAt: performance.now(), keep });

describe('a lease', () => {
  it('is held for as long as it is renewed', async () => {
    const lease = leaseWith(async () => true);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(lease.isHeld).toBe(true);
    await lease.giveBack();
  });

  it('ends 10 s after its last renewal while Redis does not answer, five before Redis gives it to others', async () => {
    const lease = leaseWith(async () => Promise.reject(new Error('away')));
    await jest.advanceTimersByTimeAsync(9_900);
    expect(lease.isHeld).toBe(true);
    await jest.advanceTimersByTimeAsync(400);
    expect(lease.isHeld).toBe(false);
    expect(lease.signal.aborted).toBe(true);
  });

  it('ends at once when somebody else has it', async () => {
    const lease = leaseWith(async () => false);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(lease.isHeld).toBe(false);
    expect(lease.signal.aborted).toBe(true);
  });
});
