import { describe, expect, it } from '@jest/globals';
import { Measurements } from './measurements.js';

const call = { tookMs: 400, kind: 'succeeded', activeAtStart: 0, nowMs: 0 } as const;

describe('Measurements', () => {
  it('keeps what it learnt of each backend under each model apart', () => {
    const measurements = new Measurements();
    measurements.observe('a', 'm', call);
    measurements.observe('b', 'm', { ...call, tookMs: 900 });
    measurements.observe('a', 'other', { ...call, kind: 'failed' });
    expect(measurements.of('a', 'm', 0)).toMatchObject({ latencyMs: 400, success: 1 });
    expect(measurements.of('b', 'm', 0)).toMatchObject({ latencyMs: 900 });
    expect(measurements.of('a', 'other', 0)).toMatchObject({ latencyMs: null, success: 0.9 });
  });

  it('answers as of the time it is asked', () => {
    const measurements = new Measurements();
    measurements.observe('a', 'm', { ...call, kind: 'failed', nowMs: 1_000 });
    expect(measurements.of('a', 'm', 1_000).success).toBeCloseTo(0.9);
    expect(measurements.of('a', 'm', 301_000).success).toBeCloseTo(1);
  });

  it('forgets the one observed longest ago when there are too many', () => {
    const measurements = new Measurements(2);
    for (const model of ['one', 'two', 'one', 'three']) measurements.observe('a', model, call);
    expect(['one', 'two', 'three'].map((model) => measurements.of('a', model, 0).latencyMs)).toEqual([
      400,
      null,
      400,
    ]);
  });

  it('forgets backends that are gone', () => {
    const measurements = new Measurements();
    measurements.observe('a', 'm', call);
    measurements.observe('b', 'm', call);
    measurements.forgetAllBut(new Set(['b']));
    expect(measurements.of('a', 'm', 0).latencyMs).toBeNull();
    expect(measurements.of('b', 'm', 0).latencyMs).toBe(400);
  });
});
