/** What became of one request. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** As far as it came. */
      readonly text: string;
      readonly tookMs: number;
    }
  /** By us, as planned. */
  | { readonly kind: 'hung up' }
  /** Nothing, or not all of it, came in time. */
  | { readonly kind: 'late' }
  /** The connection ended before there was an answer. */
  | { readonly kind: 'broken'; readonly because: string };
