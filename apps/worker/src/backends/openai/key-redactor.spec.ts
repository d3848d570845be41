import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyRedactor } from './key-redactor.js';
import { redactText } from './redact-key.js';

const KEY = 'sk-sk-canary';

const shown = (pieces: readonly string[], key: string | null = KEY): string[] => {
  const redactor = new KeyRedactor(key);
  return [...pieces.map((piece) => redactor.push(piece)), redactor.end()];
};

/** Texts of the key, of its parts and of others, in any pieces. */
const pieces = fc
  .array(fc.oneof(fc.constant(KEY), fc.constantFrom('s', 'sk-', 'sk-can', 'canary', ' '), fc.string()))
  .chain((parts) => {
    const text = parts.join('');
    return fc
      .array(fc.nat(text.length))
      .map((cuts) =>
        [...cuts.sort((a, b) => a - b), text.length].map((cut, at, all) => text.slice(all[at - 1] ?? 0, cut)),
      );
  });

describe('KeyRedactor', () => {
  it('never shows the key, wherever a text is cut, and shows all the rest', () => {
    fc.assert(
      fc.property(pieces, (cut) => {
        const text = shown(cut).join('');
        expect(text).not.toContain(KEY);
        expect(text).toBe(redactText(cut.join(''), KEY));
      }),
    );
  });

  it('never holds back more than an end that the key begins with', () => {
    fc.assert(
      fc.property(pieces, (cut) => {
        const redactor = new KeyRedactor(KEY);
        let told = '';
        for (const [at, piece] of cut.entries()) {
          told += redactor.push(piece);
          const came = redactText(cut.slice(0, at + 1).join(''), KEY);
          const held = came.slice(told.length);
          expect(came.startsWith(told)).toBe(true);
          expect(KEY.startsWith(held) && held !== KEY).toBe(true);
        }
      }),
    );
  });

  it('delays nothing of a text that does not end as the key begins', () => {
    expect(shown(['tan', ' a sk-', 'x', 'bask', '.'])).toEqual(['tan', ' a ', 'sk-x', 'ba', 'sk.', '']);
    expect(shown(['sk-sk-sk-canary'])).toEqual(['sk-***', '']);
  });

  it('says whether the key came', () => {
    const redactor = new KeyRedactor(KEY);
    redactor.push('sk-sk-can');
    expect([redactor.hasFound, redactor.held]).toEqual([false, 9]);
    redactor.push('ary');
    expect([redactor.hasFound, redactor.held]).toEqual([true, 0]);
  });

  it('changes nothing without a key', () => {
    expect(shown(['sk-', KEY], null)).toEqual(['sk-', KEY, '']);
  });
});
