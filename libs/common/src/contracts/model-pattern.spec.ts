import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bestFit, patternFit } from './model-pattern.js';

const names = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 5 });
const patterns = fc.oneof(
  names,
  names.map((beginning) => `${beginning}*`),
);

describe('patternFit', () => {
  it.each<[string, string, number | null]>([
    ['gpt-4o', 'gpt-4o', Number.POSITIVE_INFINITY],
    ['gpt-4o', 'gpt-4o-mini', null],
    ['gpt-4o', 'gpt-4', null],
    ['gpt-*', 'gpt-4o', 4],
    ['gpt-*', 'gpt-', 4],
    ['gpt-*', 'gpt', null],
    ['gpt-*', 'my-gpt-4', null],
    ['*', 'anything', 0],
    ['*', '', 0],
    ['g.t', 'gpt', null],
    ['a*b', 'axb', null],
  ])('of %j to %j is %j', (pattern, model, fit) => {
    expect(patternFit(pattern, model)).toBe(fit);
  });

  it('is the length of the fixed beginning for exactly those models that begin so', () => {
    fc.assert(
      fc.property(names, names, (beginning, model) => {
        expect(patternFit(`${beginning}*`, model)).toBe(
          model.startsWith(beginning) ? beginning.length : null,
        );
      }),
    );
  });
});

describe('bestFit', () => {
  it('finds nothing among no patterns, and nothing among those that do not fit', () => {
    expect(bestFit([], 'a')).toBeNull();
    expect(bestFit(['b', 'b*'], 'a')).toBeNull();
  });

  it('takes the catch-all rather than nothing', () => {
    expect(bestFit(['b*', '*'], 'a')).toBe(0);
  });

  it('is the longest fixed beginning that fits, in whatever order the patterns stand', () => {
    fc.assert(
      fc.property(fc.array(names, { maxLength: 6 }), names, (beginnings, model) => {
        const fitting = beginnings.filter((beginning) => model.startsWith(beginning));
        const longest = fitting.length === 0 ? null : Math.max(...fitting.map(({ length }) => length));
        const written = beginnings.map((beginning) => `${beginning}*`);
        expect(bestFit(written, model)).toBe(longest);
        expect(bestFit(written.toReversed(), model)).toBe(longest);
      }),
    );
  });

  it('puts the exact name before every pattern, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(patterns), names, fc.array(patterns), (before, model, after) => {
        fc.pre(!model.endsWith('*'));
        expect(bestFit([...before, model, ...after], model)).toBe(Number.POSITIVE_INFINITY);
        expect(bestFit([`${model}*`], model)).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });
});
