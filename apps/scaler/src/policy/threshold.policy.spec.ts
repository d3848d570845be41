import { describe, expect, it } from '@jest/globals';
import { aConfig, aReading, readyInstances } from '../../../../test/support/scaling.js';
import { decide } from './decide.policy.js';
import type { PoolReading, ScalingMemory } from './scaling.js';

describe('the threshold policy, the original system’s rule', () => {
  const config = aConfig({ policy: 'threshold', max: 5 });
  const at = (usage: PoolReading['usage'], response_s: number | null, memory: ScalingMemory = {}) =>
    decide(
      aReading({ usage, response_s, instances: readyInstances(2, 4) }),
      { since_ms: 0, ...memory },
      config,
    ).decision.desired;

  it.each<[string, PoolReading['usage'], number | null, number]>([
    ['two are high', { cpu: 0.71, memory: 0.81 }, 0.5, 3],
    ['processor and response time are high', { cpu: 0.71, memory: 0.5 }, 2.1, 3],
    ['only one is high', { cpu: 0.99, memory: 0.5 }, 0.5, 2],
    ['none is above its bound', { cpu: 0.7, memory: 0.8 }, 2, 2],
    ['all are low', { cpu: 0.29, memory: 0.39 }, 0.9, 1],
    ['one of them is not low', { cpu: 0.29, memory: 0.4 }, 0.9, 2],
    ['usage is unknown', null, 60, 2],
    ['response time is unknown', { cpu: 0.1, memory: 0.1 }, null, 2],
  ])('when %s (%j, %s s) wants %s + … workers', (_, usage, response_s, workers) => {
    expect(at(usage, response_s)).toBe(workers);
  });

  it('rests 300 s after a step', () => {
    const high = { cpu: 0.9, memory: 0.9 };
    expect(at(high, 3, { acted_ms: 1_000_000 - 299_000 })).toBe(2);
    expect(at(high, 3, { acted_ms: 1_000_000 - 300_000 })).toBe(3);
  });
});
