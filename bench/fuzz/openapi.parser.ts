import type { ErrorEntry } from '#common/errors/catalogue.js';
import { CATALOGUE } from '#common/errors/catalogue.js';

/** A JSON Schema as OpenAPI 3.1 has them. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly isRequired: boolean;
  readonly schema: Schema;
}

/** One method of one path, as the document tells of it. */
export interface Operation {
  /** In capitals. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** By content type. */
  readonly bodies: readonly { readonly type: string; readonly schema: Schema }[];
  readonly isBodyRequired: boolean;
  readonly statuses: ReadonlySet<number>;
}

export interface OpenApi {
  readonly operations: readonly Operation[];
  /** The schema that `$ref` names; {} (anything) where there is none. */
  resolve(ref: string): Schema;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export const asObject = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
export const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Of a code of the catalogue; null for anything else. */
export const entryOf = (code: unknown): ErrorEntry | null =>
  typeof code === 'string' && Object.hasOwn(CATALOGUE, code)
    ? ((CATALOGUE as Readonly<Record<string, ErrorEntry>>)[code] ?? null)
    : null;

/** Reads what matters for making requests. @throws Error when the document has no paths. */
export function parseOpenApi(document: unknown): OpenApi {
  const root = asObject(document);
  const resolve = (ref: string): Schema =>
    asObject(
      ref
        .replace(/^#\//, '')
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce<unknown>((at, part) => asObject(at)[part], root),
    );
  const inlined = (value: unknown): Schema => {
    const { $ref } = asObject(value);
    return typeof $ref === 'string' ? resolve($ref) : asObject(value);
  };
  const operations = Object.entries(asObject(root['paths'])).flatMap(([path, item]) => {
    const shared = listed(asObject(item)['parameters']);
    return Object.entries(asObject(item))
      .filter(([method]) => METHODS.includes(method))
      .map(([method, said]) => operationOf({ method, path, said: asObject(said), shared }, inlined));
  });
  if (operations.length === 0) throw new Error('The OpenAPI document has no operations.');
  return { operations, resolve };
}

function operationOf(
  { method, path, said, shared }: { method: string; path: string; said: Schema; shared: readonly unknown[] },
  inlined: (value: unknown) => Schema,
): Operation {
  const body = inlined(said['requestBody']);
  return {
    method: method.toUpperCase(),
    path,
    parameters: [...shared, ...listed(said['parameters'])].map((each) => {
      const parameter = inlined(each);
      return {
        name: String(parameter['name']),
        in: parameter['in'] as Parameter['in'],
        isRequired: parameter['required'] === true,
        schema: asObject(parameter['schema']),
      };
    }),
    bodies: Object.entries(asObject(body['content'])).map(([type, media]) => ({
      type,
      schema: asObject(asObject(media)['schema']),
    })),
    isBodyRequired: body['required'] === true,
    statuses: new Set(Object.keys(asObject(said['responses'])).map(Number)),
  };
}
