import fc from 'fast-check';
import { oddTexts } from './odd-values.js';
import { asObject, type Operation, type Schema } from './openapi.parser.js';
import type { Body, Part } from './plan.js';
import type { SchemaValues } from './schema-values.js';

const NONE: Body = { kind: 'none' };

/** Bodies in the types that the document names for an operation; rarely one where none belongs, or none where one does. */
export function bodies({ bodies: named, method }: Operation, values: SchemaValues): fc.Arbitrary<Body> {
  if (named.length === 0) {
    const stray = fc.constantFrom<unknown>({}, [], null, 'x').map((value): Body => ({ kind: 'json', value }));
    if (method === 'GET') return fc.constant(NONE);
    return fc.oneof({ weight: 8, arbitrary: fc.constant(NONE) }, { weight: 1, arbitrary: stray });
  }
  const right = fc.oneof(...named.map(({ type, schema }) => bodyOf(type, schema, values)));
  return fc.oneof({ weight: 40, arbitrary: right }, { weight: 1, arbitrary: fc.constant(NONE) });
}

function bodyOf(type: string, schema: Schema, values: SchemaValues): fc.Arbitrary<Body> {
  if (type.startsWith('multipart/')) return multipart(schema, values);
  const kind = type.includes('urlencoded') ? 'form' : 'json';
  return values.of(schema).map((value) => ({ kind, value }));
}

/** A field of `format: binary` (or that is called file) is a file. */
function multipart(schema: Schema, values: SchemaValues): fc.Arbitrary<Body> {
  const parts = Object.entries(asObject(schema['properties'])).map(([name, said]) => {
    const { format, contentMediaType } = asObject(said);
    const isFile = format === 'binary' || contentMediaType !== undefined || name === 'file';
    return isFile ? files(name) : values.of(said, name).map((value) => fieldOf(name, value));
  });
  const odd = fc
    .tuple(oddTexts, oddTexts)
    .map(([name, content]): Part => ({ name, fileName: null, content }));
  return fc
    .tuple(
      fc.tuple(...parts),
      fc.array(odd, { maxLength: 2, size: 'xsmall' }),
      fc.constantFrom('all', 'all', 'all', 'all', 'reversed', 'first', 'twice'),
    )
    .map(([right, strange, order]): Body => {
      const told = [...right].filter(({ content }) => content !== '');
      const chosen = {
        all: told,
        reversed: told.toReversed(),
        first: told.slice(0, 1),
        twice: [...told, ...told],
      }[order];
      return { kind: 'multipart', parts: [...chosen, ...(strange.length > 1 ? strange : [])] };
    });
}

const fieldOf = (name: string, value: unknown): Part => ({
  name,
  fileName: null,
  content: typeof value === 'string' ? value : JSON.stringify(value),
});

const URLS = [
  '/v1/chat/completions',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/none',
];

/** Lines of a batch, of which some are wrong. */
const lines = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.nat({ max: 99 }),
        fc.constantFrom(...URLS),
        fc.constantFrom('sim-instant', 'sim-flaky', 'sim-fast'),
      )
      .map(([id, url, model]) =>
        JSON.stringify({
          custom_id: `line-${id}`,
          method: 'POST',
          url,
          body: { model, messages: [{ role: 'user', content: 'x' }], prompt: 'x', input: 'x', max_tokens: 5 },
        }),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '{}', 'x', '[]', 'null', '{"custom_id":"a"', '"\ufeff"') },
  { weight: 1, arbitrary: oddTexts },
);

const files = (name: string): fc.Arbitrary<Part> =>
  fc
    .tuple(
      fc.array(lines, { maxLength: 12 }),
      fc.constantFrom('\n', '\n', '\r\n'),
      fc.oneof(fc.constant('lines.jsonl'), oddTexts),
    )
    .map(([all, end, fileName]) => ({ name, fileName: fileName.slice(0, 300), content: all.join(end) }));
