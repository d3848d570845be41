import fc from 'fast-check';
import { likelyNumbers, likelyTexts } from './hints.js';
import { asObject, listed, type OpenApi, type Schema } from './openapi.parser.js';

type Values = fc.Arbitrary<unknown>;

const DEPTH_MAX = 6;
const ITEMS_MAX = 4;
const TEXT_MAX = 400;
const SAFE = Number.MAX_SAFE_INTEGER;

const numberOr = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);

/** Values that a JSON Schema accepts, nearly always: bounds of texts with a pattern are kept only where that is easy. */
export class SchemaValues {
  constructor(private readonly document: Pick<OpenApi, 'resolve'>) {}

  /** `name` is that of the field, which says what its values are likely to be. */
  of(schema: unknown, name = '', depth = 0): Values {
    const said = asObject(schema);
    if (depth > DEPTH_MAX) return fc.constant(null);
    if (typeof said['$ref'] === 'string')
      return this.of(this.document.resolve(said['$ref']), name, depth + 1);
    const examples = examplesOf(said);
    const values = this.valuesOf(said, name, depth);
    if (examples.length === 0) return values;
    return fc.oneof({ weight: 1, arbitrary: fc.constantFrom(...examples) }, { weight: 4, arbitrary: values });
  }

  private valuesOf(said: Schema, name: string, depth: number): Values {
    if ('const' in said) return fc.constant(said['const']);
    const words = listed(said['enum']);
    if (words.length > 0) return fc.constantFrom(...words);
    const choices = listed(said['anyOf'] ?? said['oneOf']);
    if (choices.length > 0) return fc.oneof(...choices.map((choice) => this.of(choice, name, depth + 1)));
    if (Array.isArray(said['allOf'])) return this.all(said['allOf'], name, depth);
    const types: readonly unknown[] = Array.isArray(said['type']) ? said['type'] : [said['type']];
    return fc.oneof(...types.map((type) => this.typed(type, said, name, depth)));
  }

  private typed(type: unknown, said: Schema, name: string, depth: number): Values {
    switch (type) {
      case 'string':
        return texts(said, name);
      case 'integer':
        return numbers(said, name, true);
      case 'number':
        return numbers(said, name, false);
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return this.arrays(said, name, depth);
      case 'object':
        return this.objects(said, depth);
      default:
        return 'properties' in said ? this.objects(said, depth) : fc.jsonValue({ maxDepth: 2 });
    }
  }

  private all(schemas: readonly unknown[], name: string, depth: number): Values {
    return fc
      .tuple(...schemas.map((each) => this.of(each, name, depth + 1)))
      .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(asObject(part)))));
  }

  private arrays(said: Schema, name: string, depth: number): Values {
    const minLength = Math.min(numberOr(said['minItems'], 0), 20);
    const maxLength = Math.max(minLength, Math.min(numberOr(said['maxItems'], ITEMS_MAX), ITEMS_MAX));
    if (Array.isArray(said['prefixItems']))
      return fc.tuple(...said['prefixItems'].map((each) => this.of(each, name, depth + 1)));
    return fc.array(this.of(said['items'], name, depth + 1), { minLength, maxLength });
  }

  private objects(said: Schema, depth: number): Values {
    const required = Array.isArray(said['required']) ? said['required'].map(String) : [];
    const model = Object.fromEntries(
      Object.entries(asObject(said['properties'])).map(([name, schema]) => [
        name,
        this.of(schema, name, depth + 1),
      ]),
    );
    const fixed: Values = fc.record(model, {
      requiredKeys: required.filter((name) => Object.hasOwn(model, name)),
    });
    const more = said['additionalProperties'];
    if (more === undefined || more === false) return fixed;
    const names = this.of({ type: 'string', ...asObject(said['propertyNames']) }, '', depth + 1).map(String);
    const extra = fc.dictionary(names, this.of(more, '', depth + 1), { maxKeys: 3 });
    return fc.tuple(fixed, extra).map(([own, others]) => ({ ...others, ...asObject(own) }));
  }
}

function examplesOf(said: Schema): readonly unknown[] {
  return [
    ...listed(said['examples']),
    ...Object.values(asObject(said['examples'])),
    ...('example' in said ? [said['example']] : []),
    ...('default' in said ? [said['default']] : []),
  ];
}

function texts(said: Schema, name: string): fc.Arbitrary<string> {
  const likely = likelyTexts(name);
  const any = anyTexts(said);
  return likely === null ? any : fc.oneof({ weight: 6, arbitrary: likely }, { weight: 1, arbitrary: any });
}

function anyTexts(said: Schema): fc.Arbitrary<string> {
  const min = Math.min(numberOr(said['minLength'], 0), TEXT_MAX);
  const max = Math.max(min, Math.min(numberOr(said['maxLength'], TEXT_MAX), TEXT_MAX));
  if (said['format'] === 'date-time')
    return fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString());
  if (said['format'] === 'uri') return fc.constantFrom('http://127.0.0.1:9/v1', 'https://model.invalid/v1');
  if (said['format'] === 'uuid') return fc.uuid();
  if (typeof said['pattern'] === 'string') {
    const matching = textsLike(said['pattern']);
    if (matching !== null) return matching.map((text) => text.slice(0, max));
  }
  // A grapheme is one of fast-check's characters, and may be several of JSON Schema's.
  return fc
    .string({ unit: 'grapheme', minLength: min, maxLength: max })
    .map((text) => text.slice(0, max).toWellFormed());
}

/** Null for a pattern that fast-check cannot make texts for. */
function textsLike(pattern: string): fc.Arbitrary<string> | null {
  try {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' });
  } catch {
    return null;
  }
}

function numbers(said: Schema, name: string, isInteger: boolean): fc.Arbitrary<number> {
  const step = isInteger ? 1 : 1e-6;
  const min = Math.max(
    numberOr(said['minimum'], numberOr(said['exclusiveMinimum'], -SAFE - step) + step),
    -SAFE,
  );
  const max = Math.min(
    numberOr(said['maximum'], numberOr(said['exclusiveMaximum'], SAFE + step) - step),
    SAFE,
  );
  const any = isInteger
    ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
    : fc.double({ min, max, noNaN: true });
  const likely = likelyNumbers(name);
  const common = fc.oneof({ weight: 3, arbitrary: any }, { weight: 1, arbitrary: fc.constantFrom(min, max) });
  return likely === null
    ? common
    : fc.oneof({ weight: 8, arbitrary: likely }, { weight: 1, arbitrary: common });
}
