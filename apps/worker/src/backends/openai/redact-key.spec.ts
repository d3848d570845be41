import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactValue, redactWire, secretOf } from './redact-key.js';

const KEY = 'sk-canary-6ad1';

describe('redactValue', () => {
  it('takes the key out of texts and names, however deep, and changes nothing else', () => {
    const value = { a: [1, null, true, { [`is ${KEY}`]: `${KEY}${KEY}.` }], __proto__: null };
    expect(redactValue(value, KEY)).toEqual({ a: [1, null, true, { 'is ***': '******.' }] });
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        expect(redactValue(json, KEY)).toEqual(json);
      }),
    );
  });

  it('leaves out what is nested too deep to be written again', () => {
    const depth = 100_000;
    const deep = JSON.parse(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`) as { a: unknown };
    expect(JSON.stringify(redactWire(deep, null)).length).toBeLessThan(200);
  });
});

describe('secretOf', () => {
  it('takes no placeholder for a secret', () => {
    expect([undefined, 'none', 'EMPTY', KEY].map(secretOf)).toEqual([null, null, null, KEY]);
  });
});
