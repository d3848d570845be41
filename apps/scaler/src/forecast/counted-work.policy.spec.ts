import { describe, expect, it } from '@jest/globals';
import { countableAt, sumCounters } from './counted-work.policy.js';
import { BUCKET_MS } from './work-series.policy.js';

const START = 3_000_000 * BUCKET_MS;

describe('ten minutes', () => {
  it('are counted once they are over, while all their counters are there; later they stay unknown', () => {
    expect(countableAt(START + BUCKET_MS - 1)).not.toBe(START);
    expect(countableAt(START + BUCKET_MS)).toBe(START);
    expect(countableAt(START + BUCKET_MS + 294_999)).toBe(START);
    expect(countableAt(START + BUCKET_MS + 295_000)).toBeNull();
  });

  it('come to the sums of their counters, whether acceptances are counted whole or by the second', () => {
    const counters = [
      { served: 2, service_ms: 4_500, accepted: 3, 'accepted:1': 3 },
      {},
      { 'accepted:0': 1, 'accepted:9': 4, served: 1, service_ms: 500 },
    ];
    expect(sumCounters(START, counters)).toEqual({
      at_ms: START,
      busy_slot_seconds: 5,
      served: 3,
      accepted: 8,
    });
  });

  it('in which nothing happened have no work, which is not unknown', () => {
    expect(sumCounters(START, [{}, {}])).toEqual({
      at_ms: START,
      busy_slot_seconds: 0,
      served: 0,
      accepted: 0,
    });
  });
});
