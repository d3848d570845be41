import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { summarize } from './performance.js';

const counted = (counters: Record<string, number>): ReadonlyMap<string, number> =>
  new Map(Object.entries(counters));

/** What settle.lua counts for jobs of these latencies. */
function countersOf(latenciesMs: readonly number[]): Map<string, number> {
  const counters = new Map<string, number>([['completed', latenciesMs.length]]);
  for (const ms of latenciesMs) {
    const name = `latency:${Math.floor(Math.log(Math.max(1, ms)) / Math.log(1.25))}`;
    counters.set(name, (counters.get(name) ?? 0) + 1);
  }
  return counters;
}

/** The nearest rank of the latencies themselves. */
function naive(latenciesMs: readonly number[], percent: number): number {
  const sorted = latenciesMs.toSorted((left, right) => left - right);
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? Number.NaN;
}

const latencies = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: 1, max: 86_400_000 }),
  ),
  { minLength: 1, maxLength: 200 },
);

describe('the percentiles of summarize', () => {
  it.each([
    ['p50', 50],
    ['p95', 95],
    ['p99', 99],
  ] as const)('say of %s never less than it was, and at most a quarter more', (name, percent) => {
    fc.assert(
      fc.property(latencies, (latenciesMs) => {
        const said = summarize(countersOf(latenciesMs), 60).latency_ms[name] ?? Number.NaN;
        const real = naive(latenciesMs, percent);
        expect(said).toBeGreaterThanOrEqual(real);
        expect(said).toBeLessThanOrEqual(real * 1.25 + 0.5);
      }),
      { numRuns: 300 },
    );
  });

  it('do not depend on the order in which Redis lists the counters', () => {
    fc.assert(
      fc.property(latencies, (latenciesMs) => {
        const counters = countersOf(latenciesMs);
        const reversed = new Map([...counters].reverse());
        expect(summarize(reversed, 60)).toEqual(summarize(counters, 60));
      }),
    );
  });

  it('are unknown while nothing was settled, not zero', () => {
    expect(summarize(new Map(), 60).latency_ms).toEqual({ p50: null, p95: null, p99: null });
  });
});

describe('summarize', () => {
  it('says of a quiet minute that nothing is known of errors and service, and that nothing was served', () => {
    expect(summarize(new Map(), 60)).toMatchObject({
      window_seconds: 60,
      accepted: 0,
      settled: 0,
      requests_per_second: 0,
      error_rate: null,
      average_service_ms: null,
    });
  });

  it('sums up every way to end', () => {
    const counters = counted({
      accepted: 40,
      completed: 20,
      failed: 3,
      cancelled: 5,
      expired: 2,
      service_ms: 6_000,
    });
    expect(summarize(counters, 60)).toMatchObject({
      accepted: 40,
      completed: 20,
      failed: 3,
      cancelled: 5,
      expired: 2,
      settled: 30,
      requests_per_second: 0.5,
    });
  });

  it('counts failed and expired jobs as errors, cancelled ones not', () => {
    const counters = counted({ completed: 20, failed: 3, cancelled: 5, expired: 2 });
    expect(summarize(counters, 60).error_rate).toBeCloseTo(5 / 30);
    expect(summarize(counted({ cancelled: 7 }), 60).error_rate).toBe(0);
  });

  it('averages the service of the jobs that started, and of no others', () => {
    expect(summarize(counted({ served: 3, cancelled: 9, service_ms: 2_000 }), 60).average_service_ms).toBe(
      667,
    );
  });

  it('says requests per second to two places', () => {
    expect(summarize(counted({ completed: 100 }), 300).requests_per_second).toBe(0.33);
  });
});
