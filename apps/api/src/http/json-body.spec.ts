import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '#common/errors/refusal.js';
import { nestingOf, parseJsonBody } from './json-body.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const tricky = fc.string({
  unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', 'a', '\u20ac', '\n'),
  maxLength: 8,
});
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 6 }),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      tricky,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(tricky, tie('value'), { maxKeys: 3 }),
    ),
  })).value,
);
const indents = fc.constantFrom(undefined, 2, '\t');
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  fc
    .string({
      unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', 'u', '0', ' ', 't', '__proto__'),
    })
    .map(bytes),
  fc.tuple(json, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([value, at, byte]) => {
    const broken = bytes(JSON.stringify(value));
    broken[at % broken.length] = byte;
    return broken;
  }),
);

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((deepest, inner) => Math.max(deepest, depthOf(inner)), 0);
}

function refusalOf(body: Buffer): Refusal | null {
  try {
    parseJsonBody(body);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe('nestingOf', () => {
  it('is the nesting of the parsed value, for any JSON in any layout', () => {
    fc.assert(
      fc.property(json, indents, (value, indent) => {
        expect(nestingOf(bytes(JSON.stringify(value, null, indent)))).toBe(depthOf(value));
      }),
      { numRuns: 500 },
    );
  });

  it('counts no bracket inside a string, whatever is escaped there', () => {
    fc.assert(fc.property(tricky, (text) => nestingOf(bytes(JSON.stringify([text]))) === 1));
    expect(nestingOf(bytes(String.raw`["[[\"[[", "\\", ["\\\"["]]`))).toBe(2);
  });

  it('counts brothers once, and depth where it is deepest', () => {
    expect(nestingOf(bytes('[[],[],{"a":[{}]},[]]'))).toBe(4);
  });

  it('reads any bytes without an error, and finds no more levels than bytes', () => {
    fc.assert(
      fc.property(noise, (body) => {
        const nesting = nestingOf(body);
        expect(nesting).toBeGreaterThanOrEqual(0);
        expect(nesting).toBeLessThanOrEqual(body.length);
      }),
    );
  });
});

describe('parseJsonBody', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor/.test(text) && depthOf(value) <= 32);
        expect(parseJsonBody(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any bytes that it cannot take, and throws nothing else', () => {
    fc.assert(
      fc.property(noise, (body) => {
        const code = refusalOf(body)?.code ?? 'taken';
        expect(['taken', 'invalid_json', 'too_deep', 'invalid_value']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });

  it('takes 32 levels and refuses the 33rd', () => {
    const nested = (levels: number) => bytes('['.repeat(levels) + ']'.repeat(levels));
    expect(refusalOf(nested(32))).toBeNull();
    expect(refusalOf(nested(33))?.code).toBe('too_deep');
    expect(refusalOf(bytes('{"a":'.repeat(33) + '1' + '}'.repeat(33)))?.code).toBe('too_deep');
  });

  it('refuses a million opened brackets before anything recurses into them', () => {
    expect(refusalOf(Buffer.alloc(1024 * 1024, '['))?.code).toBe('too_deep');
  });

  it.each(['', ' ', '{', 'nul', '{"a":1,}', "{'a':1}", '1 2', '"\n"', 'NaN', ']['])(
    'refuses what is no JSON as invalid_json: %j',
    (text) => {
      expect(refusalOf(bytes(text))?.code).toBe('invalid_json');
    },
  );

  it('refuses what is not UTF-8, also inside a string', () => {
    const latin1 = Buffer.from('{"prompt":"é"}', 'latin1');
    expect(refusalOf(latin1)).toMatchObject({ code: 'invalid_json', message: 'The body is not UTF-8.' });
  });

  it.each([
    '{"__proto__":{"isAdmin":true}}',
    '{"a":[{"__proto__":1}]}',
    String.raw`{"\u005f_proto__":{}}`,
    '{"constructor":{"prototype":{"isAdmin":true}}}',
  ])('refuses a key that would reach a prototype, and says so: %s', (text) => {
    expect(refusalOf(bytes(text))).toMatchObject({ code: 'invalid_value', detail: { param: '__proto__' } });
  });

  it('takes the same words as values, and a constructor without a prototype', () => {
    expect(parseJsonBody(bytes('{"prompt":"__proto__"}'))).toEqual({ prompt: '__proto__' });
    expect(refusalOf(bytes('{"constructor":"Nest"}'))).toBeNull();
  });
});
