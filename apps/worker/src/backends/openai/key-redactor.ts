import { REDACTED, type Secret } from './redact-key.js';

/**
 * Takes our key out of a text that comes in pieces, wherever it is cut. Of what came it holds back only the end that the
 * key could begin with, and only until the next piece.
 */
export class KeyRedactor {
  /** Whether the key came. */
  hasFound = false;
  private kept = '';

  constructor(private readonly secret: Secret) {}

  /** How many characters it holds back. */
  get held(): number {
    return this.kept.length;
  }

  /** What may be shown now. */
  push(piece: string): string {
    if (this.secret === null) return piece;
    const [last = '', ...before] = (this.kept + piece).split(this.secret).reverse();
    if (before.length > 0) this.hasFound = true;
    this.kept = endThatBegins(last, this.secret);
    const shown = last.slice(0, last.length - this.kept.length);
    return [...before.reverse(), shown].join(REDACTED);
  }

  /** What was held back: the text is over. */
  end(): string {
    const rest = this.kept;
    this.kept = '';
    return rest;
  }
}

/** The longest end of `text` that the secret begins with, short of the whole secret. */
function endThatBegins(text: string, secret: string): string {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(-length);
  }
  return '';
}
