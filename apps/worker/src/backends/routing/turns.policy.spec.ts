import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { routed, viewOf } from '../../../../../test/support/backend-views.js';
import { createDice } from '../simulator/dice.js';
import type { BackendView } from './backend-view.js';
import { chooseBackend } from './choose.policy.js';

const weights = fc.array(fc.double({ min: 0.5, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 });
const weighted = (all: readonly number[]): BackendView[] =>
  all.map((weight, at) => viewOf(`b${at}`, { weight }));
const shareByWeight = ({ weight }: BackendView, views: readonly BackendView[]): number =>
  weight / views.reduce((sum, view) => sum + view.weight, 0);

describe('weighted_round_robin', () => {
  it('gives each backend its share of every hundred turns, wherever one begins to count', () => {
    fc.assert(
      fc.property(weights, fc.nat({ max: 1_000_000 }), (all, start) => {
        const views = weighted(all);
        const counts = new Map<string | undefined, number>();
        for (let turn = start; turn < start + 100; turn += 1) {
          const id = chooseBackend('weighted_round_robin', views, routed({ turn }))?.id;
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
        for (const view of views)
          expect(Math.abs((counts.get(view.id) ?? 0) - 100 * shareByWeight(view, views))).toBeLessThan(5);
      }),
    );
  });

  it('never calls a backend of half the weight three times in a row', () => {
    const chosen = Array.from(
      { length: 1_000 },
      (_, turn) => chooseBackend('weighted_round_robin', weighted([1, 1]), routed({ turn }))?.id,
    );
    expect(chosen.join('')).not.toMatch(/(b\d)\1\1/);
  });
});

describe('random', () => {
  it('gives each backend its share within five deviations of chance', () => {
    fc.assert(
      fc.property(weights, fc.integer(), (all, seed) => {
        const views = weighted(all);
        const dice = createDice(seed, 0);
        const counts = new Map<string | undefined, number>();
        for (let turn = 0; turn < 2_000; turn += 1) {
          const id = chooseBackend('random', views, routed({ dice: [dice(), 0] }))?.id;
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
        for (const view of views) {
          const share = shareByWeight(view, views);
          const deviation = Math.sqrt(2_000 * share * (1 - share));
          expect(Math.abs((counts.get(view.id) ?? 0) - 2_000 * share)).toBeLessThan(5 * deviation + 1);
        }
      }),
    );
  });
});
