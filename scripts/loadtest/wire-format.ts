import type { Generated } from './answer.js';
import type { SentEvent } from './event-reader.js';
import type { Drawn } from './mix.js';

export type HeaderOf = (name: string) => string | null;

/** What one event of a stream says. */
export type Heard =
  | { readonly kind: 'text' }
  | { readonly kind: 'usage'; readonly outputTokens: number }
  | ({ readonly kind: 'end' } & Generated)
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'nothing' };

/** One of the API's two formats. */
export interface WireFormat {
  readonly path: string;
  bodyOf(request: Drawn, isStreamed: boolean): Readonly<Record<string, unknown>>;
  /** @throws for what is no answer of this route. */
  read(json: unknown, header: HeaderOf): Generated;
  /** @throws for what is no event of this route. */
  hear(event: SentEvent, header: HeaderOf): Heard;
}
