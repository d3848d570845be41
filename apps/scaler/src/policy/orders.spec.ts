import { describe, expect, it } from '@jest/globals';
import { aConfig, aReading, anInstance, anOrder } from '../../../../test/support/scaling.js';
import { decide } from './decide.policy.js';

describe('an order', () => {
  it('for a fixed number replaces all else, up to max', () => {
    const at = (workers: number) =>
      decide(aReading({ orders: [anOrder('fixed', workers)] }), {}, aConfig({ max: 8 })).decision.desired;
    expect(at(6)).toBe(6);
    expect(at(0)).toBe(0);
    expect(at(60)).toBe(8);
  });

  it('to pause keeps the number, whatever waits, and comes before a number', () => {
    const reading = aReading({
      queue: { ready: 5_000, active: 8, deferred: 0, due: 0, head_wait_s: 60 },
      orders: [anOrder('fixed', 7), anOrder('pause', null)],
    });
    expect(decide(reading, {}, aConfig()).decision).toMatchObject({ action: 'hold', desired: 2 });
  });

  it('for a floor or a ceiling bounds what is needed', () => {
    const floor = decide(aReading({ orders: [anOrder('floor', 5)] }), {}, aConfig({ max: 8 })).decision;
    expect(floor).toMatchObject({ desired: 5, action: 'up' });
    const busy = { queue: { ready: 5_000, active: 8, deferred: 0, due: 0, head_wait_s: 60 } };
    const ceiling = decide(aReading({ ...busy, orders: [anOrder('ceiling', 3)] }), {}, aConfig({ max: 8 }));
    expect(ceiling.decision).toMatchObject({ desired: 3, action: 'up' });
  });
});

describe('who leaves', () => {
  it('is first who starts, then who is idle, then who is least busy; an old image first among equals', () => {
    const instances = [
      anInstance('w', { name: 'busy', active: 3 }),
      anInstance('w', { name: 'less-busy', active: 1 }),
      anInstance('w', { name: 'idle' }),
      anInstance('w', { name: 'idle-old-image', is_outdated: true }),
      anInstance('w', { name: 'starting', state: 'starting', slots: 0 }),
      anInstance('w', { name: 'leaving', state: 'draining' }),
    ];
    const fixed = (workers: number) =>
      decide(aReading({ instances, orders: [anOrder('fixed', workers)] }), {}, aConfig({ max: 9 })).decision
        .victims;
    expect(fixed(0)).toEqual(['starting', 'idle-old-image', 'idle', 'less-busy', 'busy']);
    expect(fixed(3)).toEqual(['starting', 'idle-old-image']);
  });

  it('is taken back before anybody is started', () => {
    const instances = [
      anInstance('w', { name: 'stays' }),
      anInstance('w', { name: 'leaving', state: 'cordoned', active: 2 }),
    ];
    const { undrain, desired } = decide(
      aReading({ instances, orders: [anOrder('fixed', 3)] }),
      {},
      aConfig(),
    ).decision;
    expect({ undrain, desired }).toEqual({ undrain: ['leaving'], desired: 3 });
  });
});
