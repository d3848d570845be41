import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, shortlist } from './shortlist.policy.js';

type Named = Candidate & { readonly id: string };

const well: Candidate = { circuit: 'closed', isWell: true, restMs: 0, hasTried: false };
const named = (id: string, changes: Partial<Candidate> = {}): Named => ({ ...well, ...changes, id });
const open = (openMs: number): Partial<Candidate> => ({ circuit: { openMs } });

function idsOf(groups: readonly (readonly Named[])[]): string[] | null {
  const found = shortlist(groups);
  return found.kind === 'some' ? found.candidates.map(({ id }) => id) : null;
}

describe('shortlist', () => {
  it('lets everybody compete of whom nothing bad is known', () => {
    expect(idsOf([[named('a'), named('b', { circuit: 'due' })]])).toEqual(['a', 'b']);
  });

  it.each<[string, Partial<Candidate>]>([
    ['has an open circuit', open(5_000)],
    ['is ill', { isWell: false }],
    ['rests', { restMs: 100 }],
  ])('leaves out who %s', (_, changes) => {
    expect(idsOf([[named('a', changes), named('b')]])).toEqual(['b']);
  });

  it('goes to another backend first, then to another model, then to the same again', () => {
    const tried = { hasTried: true };
    expect(idsOf([[named('a', tried), named('b')], [named('c')]])).toEqual(['b']);
    expect(idsOf([[named('a', tried), named('b', tried)], [named('c')]])).toEqual(['c']);
    expect(idsOf([[named('a', tried), named('b', tried)], [named('c', tried)]])).toEqual(['a', 'b']);
  });

  it('goes to a fallback when no backend of the model may be called', () => {
    expect(idsOf([[named('a', open(9_000)), named('b', { isWell: false })], [named('c')]])).toEqual(['c']);
  });

  it('says when to look again, and what for, when nobody may be called', () => {
    const groups = [[named('a', open(9_000)), named('b', { restMs: 700 })], [named('c', { isWell: false })]];
    expect(shortlist(groups)).toEqual({ kind: 'later', because: 'rest', inMs: 700 });
    expect(shortlist([[named('a', { ...open(9_000), restMs: 20_000 })]])).toEqual({
      kind: 'later',
      because: 'circuit',
      inMs: 20_000,
    });
  });

  it('knows that nobody serves the model', () => {
    expect(shortlist([])).toEqual({ kind: 'nobody' });
    expect(shortlist([[], []])).toEqual({ kind: 'nobody' });
  });

  const candidate = fc.record<Candidate>({
    circuit: fc.oneof(
      fc.constantFrom('closed' as const, 'due' as const),
      fc.record({ openMs: fc.nat({ max: 120_000 }) }),
    ),
    isWell: fc.boolean(),
    restMs: fc.nat({ max: 5_000 }),
    hasTried: fc.boolean(),
  });

  it('finds somebody whenever somebody may be called, and a time whenever there is anybody', () => {
    fc.assert(
      fc.property(fc.array(fc.array(candidate, { maxLength: 3 }), { maxLength: 3 }), (groups) => {
        const all = groups.flat();
        const callable = all.filter(
          (one) => typeof one.circuit === 'string' && one.isWell && one.restMs === 0,
        );
        const expected = callable.length > 0 ? 'some' : all.length > 0 ? 'later' : 'nobody';
        const found = shortlist(groups);
        expect(found.kind).toBe(expected);
        if (found.kind === 'some') expect(callable).toEqual(expect.arrayContaining([...found.candidates]));
      }),
    );
  });
});
