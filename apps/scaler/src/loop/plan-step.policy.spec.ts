import { describe, expect, it } from '@jest/globals';
import type { ScalingDecision, SeenInstance } from '#common/contracts/scaling.js';
import { NOW_MS } from '../../../../test/support/seen-instances.js';
import { planStep, type StepSight } from './plan-step.policy.js';
import { newPoolState } from './pool-state.js';

const { crashes } = newPoolState('spec-1');
const drain = { worker_id: null, since_ms: 0, deadline_ms: 0, stopped_ms: null };

const instance = (name: string, state: SeenInstance['state'], is_outdated = false): SeenInstance => ({
  name,
  state,
  is_outdated,
  worker_id: name,
  slots: 4,
  active: 0,
  born_ms: 0,
});

const plan = (decision: Partial<ScalingDecision>, sight: Partial<StepSight> = {}) =>
  planStep(
    {
      policy: 'slo',
      current: 0,
      desired: 0,
      action: 'hold',
      victims: [],
      undrain: [],
      reasons: [],
      ...decision,
    },
    { now_ms: NOW_MS, instances: [], drains: {}, known: {}, crashes, max: 100, ...sight },
  );

describe('a step', () => {
  it('starts what is missing beside those that take jobs or come back', () => {
    const instances = [
      instance('a', 'ready'),
      instance('b', 'starting'),
      instance('c', 'draining'),
      instance('d', 'cordoned'),
    ];
    const sight = { instances, drains: { d: drain } };
    expect(plan({ desired: 5, undrain: ['d'] }, sight)).toEqual({ undrain: ['d'], start: 2, drain: [] });
  });

  it('never starts more than the pool may have, nor more than fifty at once', () => {
    expect(plan({ desired: 1_000_000 }, { max: 4 }).start).toBe(4);
    expect(plan({ desired: 1_000_000 }, { max: 10_000 }).start).toBe(50);
  });

  it('starts nobody when there are enough', () => {
    expect(plan({ desired: 1 }, { instances: [instance('a', 'ready'), instance('b', 'ready')] }).start).toBe(
      0,
    );
  });

  it('takes back only who is on its way out and was not asked to end', () => {
    const drains = { b: { ...drain, stopped_ms: 1 } };
    expect(plan({ undrain: ['a', 'b'] }, { drains }).undrain).toEqual([]);
  });

  it('lets a victim leave once', () => {
    const instances = [instance('a', 'ready'), instance('b', 'ready')];
    expect(plan({ victims: ['a', 'b', 'gone'] }, { instances, drains: { a: drain } }).drain).toEqual(['b']);
  });

  it('keeps older instances that are well while what would replace them is quarantined', () => {
    const instances = [instance('old', 'ready', true), instance('new', 'starting')];
    const quarantined = { ...crashes, is_quarantined: true };
    expect(plan({ victims: ['old', 'new'] }, { instances, crashes: quarantined }).drain).toEqual(['new']);
  });
});
