import { KeyRedactor } from './key-redactor.js';
import { redactText, redactValue, type Secret } from './redact-key.js';
import { isWire, type Wire } from './wire.js';

/** A number is the `index` of an item in an array. */
type Path = readonly (string | number)[];

interface Held {
  readonly path: Path;
  readonly redactor: KeyRedactor;
}

/** The fields of a choice whose texts come in pieces, and in them, what comes whole. */
const IN_PIECES = new Set(['delta', 'text']);
const WHOLE = new Set(['role', 'id', 'type', 'name']);
const DEPTH_MAX = 60;
/** So many characters of the key are let through in the log probabilities of its tokens, and no more. */
const HELD_UNSEEN = 3;

/** One choice of a stream: every text in it goes on from chunk to chunk. */
export class ChoiceRedactor {
  private readonly texts = new Map<string, Held>();

  constructor(private readonly secret: Secret) {}

  redact(choice: Wire): Wire {
    const isLast = typeof choice['finish_reason'] === 'string';
    const fields = Object.entries(choice).map(([name, value]): [string, unknown] =>
      IN_PIECES.has(name)
        ? [name, this.redactIn(value, [name], isLast)]
        : [redactText(name, this.secret), redactValue(value, this.secret)],
    );
    const redacted = Object.fromEntries(fields);
    return 'logprobs' in redacted && this.isSeen() ? { ...redacted, logprobs: null } : redacted;
  }

  /** What is held back, as fields of a choice, and holds nothing any more. */
  end(): Wire[] {
    return [...this.texts.values()].flatMap(({ path, redactor }) =>
      redactor.held === 0 ? [] : [fieldsOf(path, redactor.end())],
    );
  }

  /** Tokens would show what the text does not. */
  private isSeen(): boolean {
    const all = [...this.texts.values()];
    return all.some(({ redactor }) => redactor.hasFound || redactor.held > HELD_UNSEEN);
  }

  private redactIn(value: unknown, path: Path, isLast: boolean): unknown {
    if (typeof value === 'string') return this.redactPiece(value, path, isLast);
    if (path.length > DEPTH_MAX) return null;
    if (Array.isArray(value)) {
      return value.map((item: unknown, at) => this.redactIn(item, [...path, indexOf(item, at)], isLast));
    }
    if (!isWire(value)) return value;
    const fields = Object.entries(value).map(([name, field]) => {
      const shown = redactText(name, this.secret);
      return [shown, this.redactIn(field, [...path, shown], isLast)];
    });
    return Object.fromEntries(fields);
  }

  private redactPiece(piece: string, path: Path, isLast: boolean): string {
    const last = path.at(-1);
    if (typeof last === 'string' && WHOLE.has(last)) return redactText(piece, this.secret);
    const name = JSON.stringify(path);
    const held = this.texts.get(name) ?? { path, redactor: new KeyRedactor(this.secret) };
    this.texts.set(name, held);
    const shown = held.redactor.push(piece);
    return isLast ? shown + held.redactor.end() : shown;
  }
}

const indexOf = (item: unknown, at: number): number =>
  isWire(item) && typeof item['index'] === 'number' ? item['index'] : at;

/** The path as nested fields: `['delta', 'tool_calls', 1, 'x']` as `{ delta: { tool_calls: [{ index: 1, x: … }] } }`. */
function fieldsOf(path: Path, text: string): Wire {
  const nested = path.reduceRight<unknown>((inner, segment) => {
    if (typeof segment === 'string') return { [segment]: inner };
    return [isWire(inner) ? { index: segment, ...inner } : inner];
  }, text);
  return isWire(nested) ? nested : {};
}
