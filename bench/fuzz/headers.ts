import fc from 'fast-check';
import { known } from './hints.js';
import { oddTexts } from './odd-values.js';

type Header = readonly [string, string];

const one = (name: string, value: string): readonly Header[] => [[name, value]];

/** Stand where secrets stand; no error may repeat them. */
export const CANARIES = {
  bearer: `sk-sluice-canary${'b'.repeat(32)}`,
  apiKey: `canary-api-key-${'k'.repeat(24)}`,
  cookie: `canary-session-${'c'.repeat(24)}`,
  basic: `canary-basic-${'d'.repeat(24)}`,
} as const;

const ADDRESSES = [
  '203.0.113.7',
  '203.0.113.7, 10.0.0.1',
  '::1',
  'unknown',
  '2001:db8::1',
  '127.0.0.1',
  ',',
  'a'.repeat(500),
];

/** Who asks. Routes for administrators answer to whoever comes from this machine. */
export const credentials: fc.Arbitrary<readonly Header[]> = fc.oneof(
  { weight: 36, arbitrary: fc.constant([]) },
  { weight: 5, arbitrary: fc.constantFrom('u1', 'u2').map((name) => one('x-user-id', name)) },
  { weight: 3, arbitrary: known('key', '/admin/keys').map((key) => one('authorization', `Bearer ${key}`)) },
  { weight: 1, arbitrary: known('key', '/admin/keys').map((key) => one('x-api-key', key)) },
  { weight: 1, arbitrary: oddTexts.map((text) => one('x-user-id', text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<readonly Header[]>(
      [['authorization', `Bearer ${CANARIES.bearer}`]],
      [['x-api-key', CANARIES.apiKey]],
      [['authorization', `Basic ${CANARIES.basic}`]],
      [['cookie', `sluice_session=${CANARIES.cookie}; a=b`]],
      [
        ['authorization', `Bearer ${CANARIES.bearer}`],
        ['authorization', `Bearer ${CANARIES.bearer}`],
      ],
      [['authorization', 'Bearer']],
      [['authorization', '']],
    ),
  },
);

const oneOddHeader: fc.Arbitrary<Header> = fc.oneof(
  fc.constantFrom<Header>(
    ['accept', 'text/plain'],
    ['accept', '*/*;q=0'],
    ['accept', 'text/html'],
    ['accept-encoding', 'gzip, br'],
    ['content-encoding', 'gzip'],
    ['content-encoding', 'identity'],
    ['origin', 'https://elsewhere.invalid'],
    ['origin', 'null'],
    ['sec-fetch-site', 'cross-site'],
    ['if-none-match', '*'],
    ['range', 'bytes=0-1'],
    ['expect', 'x'],
    ['x-request-id', 'req_mine'],
    ['x-request-id', 'two words'],
    ['x-user-id', 'u1'],
    ['forwarded', 'for=203.0.113.7;host=a'],
    ['x-forwarded-host', 'a.invalid'],
    ['x-forwarded-proto', 'https'],
    ['x-http-method-override', 'DELETE'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['access-control-request-headers', 'x-a, x-b'],
    ['access-control-request-method', 'POST'],
    ['idempotency-key', 'k1'],
    ['prefer', 'respond-async'],
  ),
  fc.constantFrom(...ADDRESSES).map((address): Header => ['x-forwarded-for', address]),
  oddTexts.map((text): Header => ['x-request-id', text]),
  oddTexts.map((text): Header => ['user-agent', text.slice(0, 4_000)]),
  oddTexts.map((text): Header => ['idempotency-key', text.slice(0, 4_000)]),
  oddTexts.map((text): Header => ['cookie', text.slice(0, 4_000)]),
);

export const oddHeaders: fc.Arbitrary<readonly Header[]> = fc.oneof(
  { weight: 8, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: oneOddHeader.map((header) => [header]) },
  { weight: 1, arbitrary: fc.array(oneOddHeader, { minLength: 2, maxLength: 4 }) },
);
