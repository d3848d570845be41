/** Where a span stands, as it is told from one process to the next. */
export interface TracePosition {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Bit 0: whoever came before records this trace. */
  readonly flags: number;
}

const VERSION_0 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** What later versions add comes after another hyphen, and is not ours to read. */
const LATER = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[\x20-\x7e]*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const LENGTH_MAX = 512;

/** Reads `traceparent` (W3C Trace Context, section 3.2). Null for a damaged one: it counts as none. */
export function parseTraceparent(text: string | undefined): TracePosition | null {
  if (text === undefined || text.length > LENGTH_MAX) return null;
  const found = (text.startsWith('00-') ? VERSION_0 : LATER).exec(text);
  const [, traceId = NO_TRACE, spanId = NO_SPAN, flags = ''] = found ?? [];
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Writes `traceparent` in version 00. Of the flags only `sampled` is told on. */
export const formatTraceparent = ({ traceId, spanId, flags }: TracePosition): string =>
  `00-${traceId}-${spanId}-0${flags & 1}`;
