import fc from 'fast-check';
import { oddTexts, oddValues } from './odd-values.js';
import { asObject } from './openapi.parser.js';

/** One change of a JSON value, at a place that is chosen by a number. */
export interface Mutation {
  readonly kind: 'remove' | 'replace' | 'add' | 'repeat';
  readonly at: number;
  readonly name: string;
  readonly value: unknown;
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('remove', 'replace', 'replace', 'replace', 'add', 'repeat'),
  at: fc.nat({ max: 200 }),
  name: fc.oneof(fc.constantFrom('extra', 'constructor', 'toString', 'id', 'tenant'), oddTexts),
  value: oddValues,
});

type Place = readonly (string | number)[];

/** Every place in a JSON value, the whole first. */
function placesIn(value: unknown, at: Place = []): Place[] {
  if (at.length > 8 || typeof value !== 'object' || value === null) return [at];
  const inner = Array.isArray(value)
    ? value.slice(0, 10).map((each, index) => [index, each] as const)
    : Object.entries(value);
  return [at, ...inner.flatMap(([name, each]) => placesIn(each, [...at, name]))];
}

/** The value with the change; what was given is left as it was. */
export function mutated(value: unknown, mutation: Mutation): unknown {
  const places = placesIn(value);
  const place = places[mutation.at % places.length] ?? [];
  return changedAt(value, place, mutation);
}

function changedAt(value: unknown, place: Place, mutation: Mutation): unknown {
  const [name, ...rest] = place;
  if (name === undefined) return changed(value, mutation);
  if (mutation.kind === 'remove' && rest.length === 0) return without(value, name);
  if (Array.isArray(value))
    return value.map((each: unknown, at) => (at === name ? changedAt(each, rest, mutation) : each));
  const fields = Object.entries(asObject(value));
  // Not with an object literal: it would set the prototype instead of a field called __proto__.
  return Object.fromEntries(
    fields.map(([field, each]) => [field, field === name ? changedAt(each, rest, mutation) : each]),
  );
}

function changed(value: unknown, { kind, name, value: other }: Mutation): unknown {
  if (kind === 'replace' || kind === 'remove') return other;
  if (kind === 'repeat') return isList(value) ? [...value, ...value] : [value, value];
  if (typeof value !== 'object' || value === null) return other;
  if (isList(value)) return [...value, other];
  return Object.fromEntries([...Object.entries(value), [name, other]]);
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

function without(value: unknown, name: string | number): unknown {
  if (Array.isArray(value)) return value.filter((_, at) => at !== name);
  return Object.fromEntries(Object.entries(asObject(value)).filter(([field]) => field !== name));
}

/** One change of bytes. */
export interface Scratch {
  readonly kind: 'cut' | 'flip' | 'insert' | 'proto' | 'twice' | 'bom';
  readonly at: number;
  readonly bytes: Uint8Array;
}

export const scratches: fc.Arbitrary<Scratch> = fc.record({
  kind: fc.constantFrom('cut', 'flip', 'insert', 'proto', 'twice', 'bom'),
  at: fc.nat({ max: 100_000 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc
      .constantFrom(
        '\u0000',
        '"',
        ',',
        '}',
        '1e999',
        'NaN',
        '/*x*/',
        '\\u0000',
        '\\ud800',
        '[[[[',
        '\n',
        '"a":1,',
      )
      .map((text) => new TextEncoder().encode(text)),
  ),
});

export function scratched(given: Uint8Array, { kind, at, bytes }: Scratch): Uint8Array {
  const text = Buffer.from(given);
  const place = text.length === 0 ? 0 : at % text.length;
  switch (kind) {
    case 'cut':
      return text.subarray(0, place);
    case 'flip':
      text[place] = (text[place] ?? 0) ^ (bytes[0] ?? 1);
      return text;
    case 'insert':
      return Buffer.concat([text.subarray(0, place), bytes, text.subarray(place)]);
    case 'twice':
      return Buffer.concat([text, text]);
    case 'bom':
      return Buffer.concat([Buffer.from('\ufeff'), text]);
    case 'proto':
      return Buffer.from(
        text
          .toString('utf8')
          .replace(/\{/, at % 2 === 0 ? '{"__proto__":{"x":1},' : '{"constructor":{"prototype":1},'),
      );
  }
}
