import { CATALOGUE, type ErrorCode } from './catalogue.js';

export interface RefusalDetail {
  /** A public sentence more precise than the catalogue's. */
  readonly message?: string;
  /** The field at fault, as a path such as `messages.0.content`. */
  readonly param?: string;
  readonly retryAfterSeconds?: number;
  readonly jobId?: string;
  /** Sent with the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The caller must change something or come back later; nothing was written for this request. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly code: ErrorCode,
    readonly detail: RefusalDetail = {},
  ) {
    super(detail.message ?? CATALOGUE[code].sentence, { cause: detail.cause });
  }
}
