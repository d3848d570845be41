import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STRATEGIES } from '#common/config/backend-config.js';
import { type BackendView } from './backend-view.js';
import { chooseBackend } from './choose.policy.js';
import { routed, viewOf, viewsOf } from '../../../../../test/support/backend-views.js';

const view = fc.record<BackendView>({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  weight: fc.double({ min: 0.1, max: 100, noNaN: true }),
  priority: fc.nat({ max: 3 }),
  active: fc.nat({ max: 50 }),
  maxConnections: fc.constant(100),
  costUsd: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  latencyMs: fc.option(fc.nat({ max: 60_000 })),
  baseLatencyMs: fc.option(fc.nat({ max: 60_000 })),
  success: fc.double({ min: 0, max: 1, noNaN: true }),
  capacity: fc.option(fc.integer({ min: 1, max: 1_000 })),
});
const views = fc.uniqueArray(view, { selector: ({ id }) => id, minLength: 1 });
const die = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const request = fc.record({
  key: fc.option(fc.string(), { nil: undefined }),
  turn: fc.nat(),
  dice: fc.tuple(die, die),
});

describe.each(STRATEGIES)('chooseBackend by %s', (strategy) => {
  it('chooses one of the backends it is given, and nobody only of none', () => {
    expect(chooseBackend(strategy, [], routed())).toBeNull();
    fc.assert(
      fc.property(views, request, (all, asked) => {
        expect(all).toContain(chooseBackend(strategy, all, asked));
      }),
    );
  });

  it('chooses the same for the same arguments, in whatever order the backends come', () => {
    fc.assert(
      fc.property(views, request, (all, asked) => {
        const chosen = chooseBackend(strategy, all, asked)?.id;
        expect(chooseBackend(strategy, [...all].reverse(), asked)?.id).toBe(chosen);
      }),
    );
  });
});

describe('chooseBackend', () => {
  it('goes round in the order of ids', () => {
    const ids = [0, 1, 2, 3].map(
      (turn) => chooseBackend('round_robin', viewsOf('b', 'a', 'c'), routed({ turn }))?.id,
    );
    expect(ids).toEqual(['a', 'b', 'c', 'a']);
  });

  it('prefers few open calls for the weight', () => {
    const all = [viewOf('a', { active: 4, weight: 4 }), viewOf('b', { active: 2 })];
    expect(chooseBackend('least_connections', all, routed())?.id).toBe('a');
  });

  it('draws among equally loaded backends', () => {
    const chosen = [0.1, 0.9].map(
      (first) => chooseBackend('least_connections', viewsOf('a', 'b'), routed({ dice: [first, 0] }))?.id,
    );
    expect(chosen).toEqual(['a', 'b']);
  });

  it('calls the quicker of two by latency and open calls, and tries what it never called', () => {
    const all = [viewOf('a', { latencyMs: 100, active: 3 }), viewOf('b', { latencyMs: 300 })];
    expect(chooseBackend('least_latency', all, routed())?.id).toBe('b');
    expect(chooseBackend('least_latency', [...all, viewOf('c')].slice(1), routed())?.id).toBe('c');
  });

  it('never calls the slowest of three when two are drawn', () => {
    const all = [
      viewOf('a', { latencyMs: 100 }),
      viewOf('b', { latencyMs: 300 }),
      viewOf('c', { latencyMs: 100 }),
    ];
    fc.assert(
      fc.property(fc.tuple(die, die), (dice) => {
        expect(chooseBackend('least_latency', all, routed({ dice }))?.id).not.toBe('b');
      }),
    );
  });

  it('calls the cheapest, an unknown price last, and the least loaded of equally cheap ones', () => {
    const all = [
      viewOf('a'),
      viewOf('b', { costUsd: 0.2 }),
      viewOf('c', { costUsd: 0.1, active: 1 }),
      viewOf('d', { costUsd: 0.1 }),
    ];
    expect(chooseBackend('cost', all, routed())?.id).toBe('d');
    expect(chooseBackend('cost', all.slice(0, 2), routed())?.id).toBe('b');
    expect(chooseBackend('cost', all.slice(0, 1), routed())?.id).toBe('a');
  });

  it('calls the first in the order of failover, and the least loaded of several there', () => {
    const all = [viewOf('a', { priority: 1 }), viewOf('b', { active: 9 }), viewOf('c', { active: 8 })];
    expect(chooseBackend('priority', all, routed())?.id).toBe('c');
    expect(chooseBackend('priority', all.slice(0, 1), routed())?.id).toBe('a');
  });
});
