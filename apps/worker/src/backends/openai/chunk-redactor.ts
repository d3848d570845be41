import { ChoiceRedactor } from './choice-redactor.js';
import { redactWire, type Secret } from './redact-key.js';
import { isWire, type Wire } from './wire.js';

/**
 * Takes our key out of the chunks of a stream, also where it is cut between them. Every chunk is handed on at once; only
 * the end of a text that the key could begin with comes with the next chunk of its choice, or in one of its own before the
 * choice's last.
 */
export class ChunkRedactor {
  private readonly choices = new Map<number, ChoiceRedactor>();
  private head: Wire = {};

  constructor(private readonly secret: Secret) {}

  /** What may be shown of a chunk, after what was held back where it ends a choice. */
  redact(chunk: Wire): Wire[] {
    const { choices, ...rest } = chunk;
    if (!Array.isArray(choices)) return [redactWire(chunk, this.secret)];
    const { usage: _, ...head } = redactWire(rest, this.secret);
    this.head = head;
    const shown = choices.map((choice: unknown) => this.redactChoice(choice));
    const last = { ...redactWire(rest, this.secret), choices: shown.map(({ choice }) => choice) };
    return [...shown.flatMap(({ before }) => before), last];
  }

  /** What is still held back: the stream is over. */
  end(): Wire[] {
    return [...this.choices].flatMap(([index, choice]) => this.heldOf(index, choice));
  }

  private redactChoice(choice: unknown): { before: Wire[]; choice: Wire } {
    if (!isWire(choice)) return { before: [], choice: {} };
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
    const redactor = this.choices.get(index) ?? new ChoiceRedactor(this.secret);
    this.choices.set(index, redactor);
    const redacted = redactor.redact(choice);
    const isLast = typeof choice['finish_reason'] === 'string';
    return { before: isLast ? this.heldOf(index, redactor) : [], choice: redacted };
  }

  private heldOf(index: number, choice: ChoiceRedactor): Wire[] {
    return choice
      .end()
      .map((fields) => ({ ...this.head, choices: [{ index, ...fields, finish_reason: null }] }));
  }
}
