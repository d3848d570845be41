import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SimulatorProfile } from '#common/config/backend-config.js';
import { createDice } from './dice.js';
import { drawCall, type DrawnCall } from './draw-call.js';
import { createProfiles } from './profiles.js';

const profileOf = createProfiles();
const CALLS = 10_000;

const drawMany = (profile: SimulatorProfile, maxTokens = 150): DrawnCall[] =>
  Array.from({ length: CALLS }, (_, number) => drawCall(profile, maxTokens, createDice(1, number)));

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length * share)] ?? Number.NaN;

const profiles = fc.record<SimulatorProfile>({
  latency_ms: fc.double({ min: 0, max: 1e12, noNaN: true }),
  latency_sigma: fc.double({ min: 0, max: 3, noNaN: true }),
  tokens_per_second: fc.double({ min: 0, max: 1e6, noNaN: true }),
  error_rate: fc.double({ min: 0, max: 1, noNaN: true }),
  error_kind: fc.constant('server_error'),
});

describe('drawCall', () => {
  it('draws latencies whose median and spread are the profile’s', () => {
    const latencies = drawMany(profileOf('sim-slow')).map(({ latencyMs }) => latencyMs);
    expect(quantile(latencies, 0.5) / 3_000).toBeCloseTo(1, 1);
    // One standard deviation of the logarithm lies between the 50 % and the 84.13 % quantile.
    expect(Math.log(quantile(latencies, 0.8413) / quantile(latencies, 0.5))).toBeCloseTo(0.3, 1);
  });

  it('fails at the profile’s rate', () => {
    const failures = drawMany(profileOf('sim-flaky')).filter(({ isFailure }) => isFailure).length;
    expect(failures / CALLS).toBeCloseTo(0.3, 1);
    expect(drawMany(profileOf('sim-fast')).some(({ isFailure }) => isFailure)).toBe(false);
    expect(drawMany({ ...profileOf('sim-fast'), error_rate: 1 }).every(({ isFailure }) => isFailure)).toBe(
      true,
    );
  });

  it('takes the seed’s time with the default profile: nearly always 0.6 to 2.5 s', () => {
    const durations = drawMany(profileOf('sim-default')).map(({ durationMs }) => durationMs);
    expect(quantile(durations, 0.01)).toBeGreaterThan(600);
    expect(quantile(durations, 0.99)).toBeLessThan(2_500);
  });

  it('draws every number of tokens from 50 to max_tokens', () => {
    const drawn = new Set(drawMany(profileOf('sim-fast'), 60).map(({ outputTokens }) => outputTokens));
    expect([...drawn].sort((left, right) => left - right)).toEqual(
      Array.from({ length: 11 }, (_, i) => 50 + i),
    );
  });

  it('takes no time at all with sim-instant', () => {
    expect(drawMany(profileOf('sim-instant')).every(({ durationMs }) => durationMs === 0)).toBe(true);
  });

  it('hangs for a day with sim-hang', () => {
    expect(drawMany(profileOf('sim-hang')).every(({ durationMs }) => durationMs >= 86_400_000)).toBe(true);
  });

  it('never exceeds max_tokens or what a timer can hold, and generates for tokens / speed', () => {
    fc.assert(
      fc.property(profiles, fc.integer({ min: 1, max: 1e6 }), fc.nat(), (profile, maxTokens, number) => {
        const drawn = drawCall(profile, maxTokens, createDice(1, number));
        const speed = profile.tokens_per_second;
        const generationMs = drawn.isFailure || speed === 0 ? 0 : (drawn.outputTokens / speed) * 1_000;
        expect(drawn.outputTokens).toBeGreaterThanOrEqual(Math.min(50, maxTokens));
        expect(drawn.outputTokens).toBeLessThanOrEqual(maxTokens);
        expect(drawn.latencyMs).toBeGreaterThanOrEqual(0);
        expect(drawn.durationMs).toBe(Math.min(drawn.latencyMs + generationMs, 2 ** 31 - 1));
      }),
    );
  });

  it('lets a changed latency move neither tokens nor failures', () => {
    const rest = (profile: SimulatorProfile) =>
      drawMany(profile).map(({ isFailure, outputTokens }) => ({ isFailure, outputTokens }));
    const flaky = profileOf('sim-flaky');
    expect(rest({ ...flaky, latency_ms: 1_000, latency_sigma: 0 })).toEqual(rest(flaky));
  });
});
