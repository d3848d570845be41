import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { routed, viewOf, viewsOf } from '../../../../../test/support/backend-views.js';
import { createDice } from '../simulator/dice.js';
import type { BackendView } from './backend-view.js';
import { chooseBackend } from './choose.policy.js';

const THROWS = 2_000;
const usual = { latencyMs: 400, baseLatencyMs: 400, capacity: 16, active: 4, costUsd: 0.01 };

/** Calls by backend of so many throws of the dice over the same views. */
function spread(views: readonly BackendView[]): Record<string, number> {
  const dice = createDice(7, 0);
  const counts: Record<string, number> = {};
  for (let turn = 0; turn < THROWS; turn += 1) {
    const id = chooseBackend('adaptive', views, routed({ turn, dice: [dice(), dice()] }))?.id ?? '';
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}

describe('adaptive', () => {
  it.each([
    ['slower', { baseLatencyMs: 800 }],
    ['suddenly slower than load and chance explain', { latencyMs: 2_000 }],
    ['dearer', { costUsd: 0.02 }],
    ['failing more often', { success: 0.9 }],
    ['more loaded', { active: 8 }],
    ['of less capacity', { capacity: 8 }],
  ])('prefers others to a backend that is %s', (_, worse) => {
    const views = ['a', 'b', 'c'].map((id) => viewOf(id, { ...usual, ...(id === 'a' ? worse : {}) }));
    const better = viewOf('d', { ...usual, costUsd: 0.009 });
    expect(spread([...views, better])['a'] ?? 0).toBeLessThan(0.1 * THROWS);
  });

  it('starves nobody for ever, however bad', () => {
    const hopeless = fc.record({
      latencyMs: fc.integer({ min: 1, max: 600_000 }),
      success: fc.double({ min: 0, max: 1, noNaN: true }),
      capacity: fc.integer({ min: 1, max: 1_000 }),
      active: fc.nat({ max: 1_000 }),
      costUsd: fc.option(fc.double({ min: 0, max: 10, noNaN: true })),
    });
    fc.assert(
      fc.property(hopeless, (changes) => {
        const views = [viewOf('a', changes), viewOf('b', usual), viewOf('c', usual)];
        expect(spread(views)['a'] ?? 0).toBeGreaterThan(0);
      }),
      { numRuns: 5 },
    );
  });

  it('calls a slow backend when the quick ones are loaded far beyond what they take', () => {
    const full = { ...usual, active: 40 };
    const slow = viewOf('c', { ...usual, latencyMs: 1_200, active: 0 });
    expect(spread([viewOf('a', full), viewOf('b', full), slow])['c'] ?? 0).toBeGreaterThan(0.3 * THROWS);
  });

  it('gives what nobody knows a few calls at once, not all', () => {
    const fresh = viewOf('c', { costUsd: 0.01 });
    const others = [viewOf('a', usual), viewOf('b', usual)];
    expect(spread([...others, { ...fresh, active: 3 }])['c'] ?? 0).toBeLessThan(0.02 * THROWS);
    expect(spread(viewsOf('a', 'b', 'c'))['c'] ?? 0).toBeGreaterThan(0.2 * THROWS);
  });

  it('takes a backend that is free, but not at any latency', () => {
    const paid = viewOf('b', usual);
    expect(spread([viewOf('a', { ...usual, costUsd: 0 }), paid])['a'] ?? 0).toBeGreaterThan(0.9 * THROWS);
    const late = viewOf('a', { ...usual, costUsd: 0, latencyMs: 4_000 });
    expect(spread([late, paid])['a'] ?? 0).toBeLessThan(0.1 * THROWS);
  });
});
