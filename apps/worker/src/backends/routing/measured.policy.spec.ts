import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDice, normalDeviate } from '../simulator/dice.js';
import {
  atNow,
  CAPACITY_MAX,
  CAPACITY_MIN,
  type Measured,
  type ObservedCall,
  observeCall,
  UNMEASURED,
} from './measured.policy.js';

const call = (changes: Partial<ObservedCall> = {}): ObservedCall => ({
  tookMs: 400,
  kind: 'succeeded',
  activeAtStart: 0,
  nowMs: 0,
  ...changes,
});
const after = (...calls: readonly Partial<ObservedCall>[]): Measured =>
  calls.reduce<Measured>((measured, changes) => observeCall(measured, call(changes)), UNMEASURED);

/** After so many calls, 50 ms apart, to a backend that takes `slots` at once and makes others wait in line. */
function learnt(slots: number, loads: (at: number) => number, before: Measured = UNMEASURED): Measured {
  const dice = createDice(slots, 0);
  let measured = before;
  for (let at = 0; at < 2_000; at += 1) {
    const activeAtStart = loads(at);
    const waitMs = (Math.max(0, activeAtStart + 1 - slots) / slots) * 400;
    const tookMs = waitMs + 400 * Math.exp(0.3 * normalDeviate(dice));
    measured = observeCall(measured, call({ tookMs, activeAtStart, nowMs: before.updatedMs + 50 * at }));
  }
  return measured;
}
const upTo = (most: number) => (at: number) => (at * 7) % most;

describe('observeCall', () => {
  it('takes a slower call at once, and lets it wear off with time', () => {
    const peaked = after({}, { tookMs: 4_000, nowMs: 50 }, { nowMs: 100 });
    expect(peaked.latencyMs).toBeGreaterThan(3_900);
    expect(observeCall(peaked, call({ nowMs: 10_100 })).latencyMs).toBeLessThan(1_800);
  });

  it('learns no latency, load or room from a failure that came fast', () => {
    const before = after({ activeAtStart: 3 });
    const failed = observeCall(before, call({ kind: 'failed', tookMs: 2, activeAtStart: 30 }));
    expect(failed).toEqual({ ...before, success: 0.9 });
    expect(after({ kind: 'failed', tookMs: 2 }).latencyMs).toBeNull();
  });

  it('takes a failure that came late as slow', () => {
    expect(after({}, { kind: 'failed', tookMs: 30_000 }).latencyMs).toBe(30_000);
  });

  it('thinks worse of a backend with every failure, and better with every success', () => {
    const failures = after({}, ...Array.from({ length: 20 }, () => ({ kind: 'failed' as const })));
    expect(failures.success).toBeLessThan(0.15);
    expect(observeCall(failures, call()).success).toBeGreaterThan(failures.success);
  });

  it.each([4, 16, 64])('learns that a backend takes %i calls at once', (slots) => {
    const { capacity, baseLatencyMs } = learnt(slots, upTo(slots * 3));
    expect(capacity).toBeGreaterThan(slots * 0.6);
    expect(capacity).toBeLessThan(slots * 1.5);
    expect(baseLatencyMs).toBeGreaterThan(300);
    expect(baseLatencyMs).toBeLessThan(600);
  });

  it('knows no more than it has seen of a backend that was never full', () => {
    expect(learnt(64, upTo(10)).capacity).toBeLessThan(11);
  });

  it('follows a backend that loses room, and one that gains it', () => {
    const wide = learnt(32, upTo(64));
    const narrow = learnt(8, upTo(64), wide);
    expect(narrow.capacity).toBeLessThan(0.6 * (wide.capacity ?? 0));
    expect(learnt(32, upTo(64), narrow).capacity).toBeGreaterThan(1.5 * (narrow.capacity ?? 0));
  });

  it('stays within its bounds whatever is observed, also by a clock that steps back', () => {
    const observed = fc.record<ObservedCall>({
      tookMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
      kind: fc.constantFrom('succeeded', 'failed'),
      activeAtStart: fc.nat({ max: 100_000 }),
      nowMs: fc.nat({ max: 10_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(observed, { minLength: 1 }), (calls) => {
        const { success, capacity, latencyMs, baseLatencyMs } = after(...calls);
        expect(success).toBeGreaterThanOrEqual(0);
        expect(success).toBeLessThanOrEqual(1);
        expect(capacity ?? CAPACITY_MIN).toBeGreaterThanOrEqual(CAPACITY_MIN);
        expect(capacity ?? CAPACITY_MAX).toBeLessThanOrEqual(CAPACITY_MAX);
        expect(latencyMs ?? 0).toBeLessThanOrEqual(1e7);
        expect(baseLatencyMs ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('atNow', () => {
  it('forgives failures and forgets a peak with time, so that the backend is tried again', () => {
    const bad = after({}, { tookMs: 9_000 }, { kind: 'failed' }, { kind: 'failed' }, { kind: 'failed' });
    const later = atNow(bad, 120_000);
    expect(later.success).toBeGreaterThan(0.99);
    expect(later.latencyMs).toBeCloseTo(bad.baseLatencyMs ?? 0, -1);
  });

  it('changes nothing of a backend that was never called', () => {
    expect(atNow(UNMEASURED, 1_000)).toEqual({ ...UNMEASURED, updatedMs: 1_000 });
  });
});
