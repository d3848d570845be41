import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { routed, viewOf, viewsOf } from '../../../../../test/support/backend-views.js';
import type { BackendView } from './backend-view.js';
import { chooseBackend } from './choose.policy.js';

const KEYS = Array.from({ length: 6_000 }, (_, at) => `conversation-${at}`);
const ownerOf = (views: readonly BackendView[], key: string): string | undefined =>
  chooseBackend('sticky', views, routed({ key }))?.id;
const share = (views: readonly BackendView[], id: string): number =>
  KEYS.filter((key) => ownerOf(views, key) === id).length / KEYS.length;

describe('sticky', () => {
  it('keeps a key at its backend, however busy that is', () => {
    const idle = viewsOf('a', 'b', 'c');
    const owner = ownerOf(idle, 'k');
    const busy = idle.map((view) => (view.id === owner ? { ...view, active: 99 } : view));
    expect(ownerOf(busy, 'k')).toBe(owner);
  });

  it('moves only the keys of a backend that leaves', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(ids, fc.array(fc.string(), { minLength: 1, maxLength: 20 }), (names, keys) => {
        const views = viewsOf(...names);
        const [leaver, ...staying] = views;
        for (const key of keys) {
          const owner = ownerOf(views, key);
          if (owner !== leaver?.id) expect(ownerOf(staying, key)).toBe(owner);
        }
      }),
    );
  });

  it('spreads keys by weight, and those of a leaver over all who stay', () => {
    const [a, b, c] = [viewOf('a'), viewOf('b', { weight: 2 }), viewOf('c')];
    expect(share([a, b, c], 'b')).toBeCloseTo(0.5, 1);
    expect(share([a, b, c], 'a')).toBeCloseTo(0.25, 1);
    expect(share([a, c], 'a')).toBeCloseTo(0.5, 1);
  });

  it('goes to the least loaded without a key', () => {
    expect(chooseBackend('sticky', [viewOf('a', { active: 1 }), viewOf('b')], routed())?.id).toBe('b');
  });
});
