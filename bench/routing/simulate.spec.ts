import { describe, expect, it } from '@jest/globals';
import { STRATEGIES, type Strategy } from '#common/config/backend-config.js';
import { type Findings, findingsOf } from './findings.js';
import { scenarioOf } from './scenario.js';
import { simulate } from './simulate.js';

function findings(strategy: Strategy, seconds: number, seed: number): Findings {
  const scenario = scenarioOf(seconds, 0.6);
  return findingsOf(scenario, simulate(scenario, { name: strategy, strategy, weights: {} }, seed));
}

describe('simulate', () => {
  it('gives the same for the same seed, and something else for another', () => {
    const first = findings('adaptive', 20, 1);
    expect(findings('adaptive', 20, 1)).toEqual(first);
    expect(findings('adaptive', 20, 2).p99Ms).not.toBe(first.p99Ms);
  });

  it('sends every strategy the same jobs', () => {
    const counts = STRATEGIES.map((strategy) => {
      const { succeeded, failed } = findings(strategy, 20, 1);
      return succeeded + failed;
    });
    expect(new Set(counts).size).toBe(1);
  });

  it.each(['adaptive', 'round_robin', 'least_latency', 'sticky'] as const)(
    'calls a backend that is away at most ten times a minute by %s, and uses it again within 30 s',
    (strategy) => {
      const { deadCallsPerMinute, halfShareS, failed } = findings(strategy, 155, 1);
      expect(deadCallsPerMinute).toBeLessThanOrEqual(10);
      expect(halfShareS ?? Infinity).toBeLessThanOrEqual(30);
      expect(failed).toBe(0);
    },
  );
});
