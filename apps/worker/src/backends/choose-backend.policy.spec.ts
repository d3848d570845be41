import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bestFit } from '#common/contracts/model-pattern.js';
import { type BackendView, chooseBackend } from './choose-backend.policy.js';

const nobody: ReadonlySet<string> = new Set();
const view = (id: string, models: string[], active = 0): BackendView => ({ id, models, active });

const model = fc.constantFrom('sim-fast', 'sim-slow', 'gpt-4o', 'gpt-4o-mini', 'llama');
const pattern = fc.constantFrom('*', 'sim-*', 'gpt-*', 'gpt-4o', 'gpt-4o*', 'sim-fast');
const views = fc.uniqueArray(
  fc.record<BackendView>({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    models: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    active: fc.nat({ max: 3 }),
  }),
  { selector: ({ id }) => id },
);
const avoided = fc.subarray(['a', 'b', 'c', 'd', 'e']).map((ids) => new Set(ids));

describe('chooseBackend', () => {
  it('chooses nobody when nobody serves the model', () => {
    expect(chooseBackend([], 'm', nobody)).toBeNull();
    expect(chooseBackend([view('a', ['sim-*'])], 'gpt-4o', nobody)).toBeNull();
  });

  it('prefers an exact name to a longer beginning to a shorter one, however busy', () => {
    const all = [view('any', ['*']), view('gpt', ['gpt-*'], 5), view('exact', ['gpt-4o'], 9)];
    expect(chooseBackend(all, 'gpt-4o', nobody)?.id).toBe('exact');
    expect(chooseBackend(all, 'gpt-5', nobody)?.id).toBe('gpt');
    expect(chooseBackend(all, 'llama', nobody)?.id).toBe('any');
  });

  it('chooses the least active of equals, and the first of equally active ones', () => {
    expect(
      chooseBackend([view('a', ['*'], 2), view('b', ['*'], 1), view('c', ['*'], 1)], 'm', nobody)?.id,
    ).toBe('b');
  });

  it('goes elsewhere after a failure, but not to a backend that fits less', () => {
    const all = [view('a', ['sim-*']), view('b', ['sim-*'], 7), view('c', ['*'])];
    expect(chooseBackend(all, 'sim-fast', new Set(['a']))?.id).toBe('b');
    expect(chooseBackend(all, 'sim-fast', new Set(['a', 'b']))?.id).toBe('a');
  });

  it('always chooses a backend that serves the model, if there is one', () => {
    fc.assert(
      fc.property(views, model, avoided, (backends, name, avoid) => {
        const chosen = chooseBackend(backends, name, avoid);
        const serving = backends.filter(({ models }) => bestFit(models, name) !== null);
        expect(chosen === null).toBe(serving.length === 0);
        if (chosen !== null) expect(serving).toContain(chosen);
      }),
    );
  });

  it('is never beaten by another backend in fit, then in being avoided, then in activity', () => {
    fc.assert(
      fc.property(views, model, avoided, (backends, name, avoid) => {
        const chosen = chooseBackend(backends, name, avoid);
        fc.pre(chosen !== null);
        const rank = ({ id, models, active }: BackendView) =>
          [-(bestFit(models, name) ?? -1), avoid.has(id) ? 1 : 0, active] as const;
        for (const other of backends) {
          const [mine, theirs] = [rank(chosen), rank(other)];
          const differing = mine.findIndex((value, index) => value !== theirs[index]);
          if (differing >= 0) expect(mine[differing]).toBeLessThan(theirs[differing] ?? 0);
          else expect(backends.indexOf(chosen)).toBeLessThanOrEqual(backends.indexOf(other));
        }
      }),
    );
  });
});
