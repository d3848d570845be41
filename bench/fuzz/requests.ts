import fc from 'fast-check';
import { credentials, oddHeaders } from './headers.js';
import { known, likelyTexts } from './hints.js';
import { mutated, mutations, scratched, scratches } from './mutations.js';
import { bodies } from './bodies.js';
import { oddTexts } from './odd-values.js';
import { type Operation, type Parameter } from './openapi.parser.js';
import { type Body, escaped, type Plan, typeOf } from './plan.js';
import type { SchemaValues } from './schema-values.js';

/** A stream, or a call that may ask to be answered late, is left after so long. */
const PATIENCE_MS = [20, 100, 300] as const;

type Header = readonly [string, string];
type Scratching = Plan['scratch'];

interface Drawn {
  readonly segments: readonly string[];
  readonly query: readonly Header[];
  readonly headers: readonly Header[];
  readonly more: readonly Header[];
  readonly body: Body;
  readonly scratch: Scratching;
  readonly method: string;
  readonly twist: string | null;
  readonly type: string | null;
  readonly hangUpMs: number | null;
}

const rarely = <T>(weight: number, usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 100 - weight, arbitrary: usual }, { weight, arbitrary: odd });

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];

const TYPES = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/json;',
  'APPLICATION/JSON',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'application/problem+json',
  'x',
  ';',
  '',
];

/** Raw pieces of a path. */
const TWISTS = [
  '%00',
  '%2f',
  '%2e%2e',
  '..',
  '.',
  '%zz',
  '%',
  '%c3%28',
  '//',
  '%ff',
  ';a=b',
  '%0d%0aset-cookie:x',
  '~',
  'a'.repeat(600),
  '*',
  ' ',
];

/** Requests for one operation: mostly what its document says, with up to a few things wrong. */
export function requestsFor(operation: Operation, values: SchemaValues): fc.Arbitrary<Plan> {
  const drawn: fc.Arbitrary<Drawn> = fc.record({
    segments: fc.tuple(...paramsIn(operation, 'path').map((each) => segments(operation, each))),
    query: pairs(paramsIn(operation, 'query'), values, escaped),
    headers: pairs(paramsIn(operation, 'header'), values, (text) => text),
    more: fc.tuple(credentials, oddHeaders).map(([one, other]) => [...one, ...other]),
    body: mutatedBodies(operation, values),
    scratch: rarely<Scratching>(
      6,
      fc.constant(null),
      scratches.map((each) => (bytes: Uint8Array) => scratched(bytes, each)),
    ),
    method: rarely(2, fc.constant(operation.method), fc.constantFrom(...METHODS)),
    twist: rarely<string | null>(3, fc.constant(null), fc.constantFrom(...TWISTS)),
    type: rarely<string | null>(3, fc.constant(null), fc.constantFrom(...TYPES)),
    hangUpMs: rarely<number | null>(2, fc.constant(null), fc.constantFrom(...PATIENCE_MS)),
  });
  return drawn.map((each) => planOf(operation, each));
}

const paramsIn = (operation: Operation, where: Parameter['in']): readonly Parameter[] =>
  operation.parameters.filter((parameter) => parameter.in === where);

/** What stands for `{name}`: something that exists, mostly. */
function segments({ path }: Operation, { name }: Parameter): fc.Arbitrary<string> {
  const before = path.slice(0, path.indexOf(`{${name}}`) - 1);
  const exists = likelyTexts(name) ?? known(name, before);
  return fc.oneof(
    { weight: 5, arbitrary: exists },
    { weight: 2, arbitrary: known(name, before) },
    { weight: 1, arbitrary: oddTexts },
  );
}

function pairs(
  parameters: readonly Parameter[],
  values: SchemaValues,
  written: (text: string) => string,
): fc.Arbitrary<readonly Header[]> {
  const each = parameters.map(({ name, isRequired, schema }) => {
    const usual = values.of(schema, name).map((value) => [[name, written(String(value))]] as const);
    const odd = fc
      .array(oddTexts, { minLength: 1, maxLength: 2 })
      .map((texts) => texts.map((text) => [name, written(text)] as const));
    const none = fc.constant([]);
    return fc.oneof<fc.WeightedArbitrary<readonly Header[]>[]>(
      { weight: isRequired ? 1 : 5, arbitrary: none },
      { weight: 5, arbitrary: usual },
      { weight: 2, arbitrary: odd },
    );
  });
  const unknown = rarely<readonly Header[]>(
    3,
    fc.constant([]),
    fc
      .tuple(oddTexts, oddTexts)
      .map(([name, value]) => [[written === escaped ? escaped(name) : 'x-odd', written(value)]]),
  );
  return fc.tuple(...each, unknown).map((parts) => parts.flat());
}

function mutatedBodies(operation: Operation, values: SchemaValues): fc.Arbitrary<Body> {
  const changes = fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: mutations.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(mutations, { minLength: 2, maxLength: 3 }) },
  );
  return fc.tuple(bodies(operation, values), changes).map(([body, list]) => {
    if (body.kind !== 'json' && body.kind !== 'form') return body;
    return {
      ...body,
      value: list.reduce<unknown>((value, mutation) => mutated(value, mutation), body.value),
    };
  });
}

function planOf(operation: Operation, drawn: Drawn): Plan {
  const { query, body, method, twist } = drawn;
  const names = paramsIn(operation, 'path').map(({ name }) => name);
  // A mark goes as it is: it is encoded when it is resolved.
  const path = names.reduce(
    (at, name, index) => at.replace(`{${name}}`, () => escaped(drawn.segments[index] ?? '')),
    operation.path,
  );
  const twisted = twist === null ? path : `${path.slice(0, path.lastIndexOf('/') + 1)}${twist}`;
  const asked = query.map(([name, value]) => `${name}=${value}`).join('&');
  const type = drawn.type ?? typeOf(body);
  const headers: Header[] = [
    ...(type === null ? [] : [['content-type', type] as const]),
    ...drawn.headers,
    ...drawn.more,
  ];
  return {
    method,
    path: asked === '' ? twisted : `${twisted}?${asked}`,
    headers,
    body: method === 'GET' || method === 'HEAD' || method === 'TRACE' ? { kind: 'none' } : body,
    scratch: drawn.scratch,
    hangUpMs: drawn.hangUpMs ?? (mayTakeLong(operation, drawn) ? 300 : null),
    isTwisted: twist !== null || drawn.segments.some((segment) => /^\.{0,2}$/.test(segment)),
  };
}

const LONG = /wait|timeout|prefer/i;

function mayTakeLong({ path }: Operation, { query, headers, body }: Drawn): boolean {
  if (path.endsWith('/stream')) return true;
  if ([...query, ...headers].some(([name]) => LONG.test(name))) return true;
  if (body.kind !== 'json' || typeof body.value !== 'object' || body.value === null) return false;
  return 'timeout_ms' in body.value || ('stream' in body.value && body.value.stream === true);
}
