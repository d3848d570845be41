import { describe, expect, it } from '@jest/globals';
import { aConfig, aReading, NO_OUTCOMES, readyInstances } from '../../../../test/support/scaling.js';
import { decide } from './decide.policy.js';
import type { PoolReading, ScalingMemory } from './scaling.js';

describe('the queue policy', () => {
  const config = aConfig({ policy: 'queue', max: 10 });
  const at = (changes: Partial<PoolReading>, memory: ScalingMemory = {}) =>
    decide(aReading({ instances: readyInstances(2, 4), ...changes }), { since_ms: 0, ...memory }, config)
      .decision.desired;
  const queueOf = (ready: number, head_wait_s: number | null) => ({
    queue: { ready, active: 4, deferred: 0, due: 0, head_wait_s },
  });

  it('wants a worker for each so many waiting jobs, and one more when the next has waited too long', () => {
    expect(at(queueOf(41, 3))).toBe(5);
    expect(at(queueOf(5, 16))).toBe(3);
  });

  it('goes down one at a time, after its cooldown', () => {
    expect(at(queueOf(0, null))).toBe(1);
    expect(at(queueOf(0, null), { acted_ms: 990_000 })).toBe(2);
  });

  it('adds nobody while backends fail', () => {
    expect(at({ ...queueOf(90, 30), outcomes: { ...NO_OUTCOMES, timeout: 10 } })).toBe(2);
  });
});
