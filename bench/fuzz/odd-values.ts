import fc from 'fast-check';

/** Texts that have broken programs before. */
const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  '\ud83d\ude00'.repeat(20),
  '\u202e\u200f',
  'e\u0301'.repeat(50),
  '\ufeff',
  '\u2028\u2029',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'undefined',
  'null',
  'NaN',
  '-0',
  '1e309',
  '0x10',
  '../../../etc/passwd',
  '%00',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '#{7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '\r\nx-injected: 1',
  '*',
  '**',
  'a*b*',
  ':',
  '{sluice}:jobs',
  '[]',
  '\\',
  '"',
  '9'.repeat(400),
  '0',
  '-1',
  '18446744073709551616-0',
  '99999999-99999999',
  '+',
  '>',
  '$',
  'user:',
  'ip:::1',
  'ip:127.0.0.1',
  'key:',
  'user:a/b',
];

const ODD_NUMBERS = [
  0,
  -0,
  -1,
  0.1,
  1e21,
  -1e21,
  1e308,
  5e-324,
  2 ** 31,
  2 ** 31 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53),
];

/** A text or a number as long as it is allowed to be, and longer. */
const LENGTHS = [1, 40, 64, 65, 100, 101, 128, 129, 200, 201, 255, 256, 512, 513, 4_096, 70_000, 400_001];

export const oddTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('x', 'é', '😀', ' ', '\u0000', '"', '[', '%'), fc.constantFrom(...LENGTHS))
      .map(([unit, length]) => unit.repeat(length)),
  },
);

const nested = (depth: number, kind: string): unknown => {
  let value: unknown = 0;
  for (let level = 0; level < depth; level++) value = kind === 'array' ? [value] : { a: value };
  return value;
};

/** Values of no particular schema. */
export const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: oddTexts },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], '', 0) },
  { weight: 3, arbitrary: fc.constantFrom(...ODD_NUMBERS) },
  { weight: 1, arbitrary: fc.double({ noNaN: true }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(2, 20, 31, 32, 33, 200, 2_000), fc.constantFrom('array', 'object'))
      .map(([depth, kind]) => nested(depth, kind)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(300, 3_000).map((length) => Array.from({ length }, (_, at) => at)),
  },
);
