import { describe, expect, it } from '@jest/globals';
import { coldStartOf, coldStartsLearnt } from './cold-starts.policy.js';
import { unknownInstance } from './see-instances.policy.js';

const awaited = unknownInstance('spec-1', 1_000);

describe('cold starts', () => {
  it('are learnt once, when an instance that was awaited has its first heartbeat', () => {
    const up = { ...awaited, up_ms: 8_000 };
    const learnt = coldStartsLearnt([5], { before: { a: awaited, b: awaited }, now: { a: up, b: awaited } });
    expect(learnt).toEqual([5, 7]);
    expect(coldStartsLearnt(learnt, { before: { a: up }, now: { a: up } })).toEqual([5, 7]);
  });

  it('are not learnt from an instance that was not seen from its start', () => {
    const up = { ...awaited, up_ms: 182_000 };
    expect(coldStartsLearnt([], { before: {}, now: { a: { ...awaited, up_ms: 2_000 } } })).toEqual([]);
    expect(coldStartsLearnt([], { before: { a: awaited }, now: { a: up } })).toEqual([]);
  });

  it('are known of the last twenty, and assumed before the first', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
    const before = { a: awaited };
    const now = { a: { ...awaited, up_ms: 22_000 } };
    expect(coldStartsLearnt(twenty, { before, now })).toEqual([...twenty.slice(1), 21]);
    expect(coldStartOf(twenty, 10)).toEqual({ mean_s: 10.5, p90_s: 18, samples: 20 });
    expect(coldStartOf([], 10)).toEqual({ mean_s: 10, p90_s: 10, samples: 0 });
  });
});
