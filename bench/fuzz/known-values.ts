import { asObject } from './openapi.parser.js';

const KEPT_MAX = 60;
const LENGTH_MAX = 200;
const OPEN = '\uE0F0';
const CLOSE = '\uE0F1';
const MARK = new RegExp(`${OPEN}(\\d+):([^:${CLOSE}]*):([^${CLOSE}]*)${CLOSE}`, 'g');

interface Known {
  /** Of the field it was found in. */
  readonly name: string;
  /** Of the route whose answer it was in. */
  readonly path: string;
  readonly value: string;
}

/** A place in a request that gets a value of an earlier answer when it is sent. `place` is a path, or a field's name. */
export const markFor = (pick: number, name: string, place: string): string =>
  `${OPEN}${pick}:${name}:${place}${CLOSE}`;

/** What earlier answers told: ids, keys, cursors. With them requests reach what exists. */
export class KnownValues {
  private readonly byField = new Map<string, Known[]>();

  /** Keeps the short texts of an answer's JSON. */
  learn(path: string, body: unknown, name = ''): void {
    if (typeof body === 'string') this.keep({ name, path, value: body });
    else if (Array.isArray(body)) for (const each of body.slice(0, 5)) this.learn(path, each, name);
    else if (typeof body === 'object' && body !== null)
      for (const [field, value] of Object.entries(asObject(body))) this.learn(path, value, field);
  }

  /** Each mark becomes a value; one that nothing is known for becomes a plain word. */
  resolve(text: string): string {
    if (!text.includes(OPEN)) return text;
    return text.replace(
      MARK,
      (_, pick: string, name: string, place: string) => this.choose(Number(pick), name, place) ?? 'none',
    );
  }

  private keep(known: Known): void {
    if (known.value === '' || known.value.length > LENGTH_MAX) return;
    const field = `${known.path} ${known.name}`;
    const kept = this.byField.get(field) ?? [];
    this.byField.set(field, kept);
    if (kept.some(({ value }) => value === known.value)) return;
    kept.push(known);
    if (kept.length > KEPT_MAX) kept.shift();
  }

  /** The most fitting field that has any; every fourth time any that ends in `id`. */
  private choose(pick: number, name: string, place: string): string | null {
    const word = wordOf(name, place);
    const isFitting = [
      (known: Known) => known.path.startsWith(place) && known.name === name,
      (known: Known) => known.name === name && name !== 'id',
      (known: Known) => known.name === `${word}_id`,
      (known: Known) => known.path.includes(word) && known.name === 'id',
      (known: Known) => known.name.endsWith('id'),
    ];
    const tests = pick % 4 === 3 ? isFitting.slice(-1) : isFitting;
    for (const isSo of tests) {
      const found = [...this.byField.values()].flatMap((kept) => kept.filter(isSo));
      if (found.length > 0) return found[Math.floor(pick / 4) % found.length]?.value ?? null;
    }
    return null;
  }
}

/** What an id is of: `job` for `/jobs/{id}`, `file` for `input_file_id`. */
function wordOf(name: string, place: string): string {
  const ofName = /([a-z]+)_(?:id|key)$/.exec(name)?.[1];
  const last = place.split('/').at(-1)?.split('-').at(-1) ?? '';
  return (
    ofName ??
    last
      .replace(/ies$/, 'y')
      .replace(/(?<=[cs]h|x)es$/, '')
      .replace(/s$/, '')
  );
}
