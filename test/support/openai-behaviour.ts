import type { IncomingMessage, ServerResponse } from 'node:http';

/** One call as the server saw it. */
export interface ModelCall {
  readonly method: string;
  /** Such as `/v1/chat/completions`. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The bearer token; '' without one. */
  readonly key: string;
  /** {} where none was sent. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `performance.now()` when the call had come whole. */
  readonly at: number;
  /** How long after `at` the caller hung up, in milliseconds; null while it has not, and when it was answered. */
  abortedAfterMs: number | null;
  /** The answer was written whole. */
  isAnswered: boolean;
}

/** What the server does with one call. A behaviour may end without answering: the call hangs until somebody hangs up. */
export type Behaviour = (response: ServerResponse, call: ModelCall) => void | Promise<void>;
