import { context, type Context, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { Refusal } from '#common/errors/refusal.js';
import { VERSION } from '#common/version.js';
import { type LiveSpan, NO_SPAN, OpenSpan, type SpanAttributes } from './live-span.js';
import { formatTraceparent, parseTraceparent } from './traceparent.policy.js';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

export interface SpanTerms {
  /** Of few values: it holds no id. */
  readonly name: string;
  readonly kind: keyof typeof KINDS;
  /** Those a sampler may decide on, and all that are known from the beginning. */
  readonly attributes?: SpanAttributes;
  /** The traceparent of whoever caused it; null: nobody did. Absent: the active span did. A damaged one counts as null. */
  readonly parent?: string | null;
}

let isOn = false;

/** To be called once an SDK is registered. Until then nothing below does anything. */
export function switchTracingOn(): void {
  isOn = true;
}

export const isTracing = (): boolean => isOn;

/** `work` with a span around it: it ends when `work` does, and as an error when `work` throws. */
export function traced<T>(terms: SpanTerms, work: (span: LiveSpan) => Promise<T>): Promise<T> {
  return isOn ? recorded(terms, work) : work(NO_SPAN);
}

async function recorded<T>(terms: SpanTerms, work: (span: LiveSpan) => Promise<T>): Promise<T> {
  const span = openSpan(terms);
  try {
    return await span.run(() => work(span));
  } catch (error) {
    span.failed(errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** `work`, and whatever it awaits, without the active span: for what outlives whoever happens to begin it. */
export const untraced = <T>(work: () => T): T => (isOn ? context.with(ROOT_CONTEXT, work) : work());

/** A span whose end the caller calls. Only to be asked for while something is traced. */
export const openSpan = (terms: SpanTerms): OpenSpan => new OpenSpan(begin(terms));

/** A span of what ended just now and took `ms`. */
export function tracePast(terms: SpanTerms, ms: number): void {
  if (!isOn) return;
  const now = Date.now();
  begin(terms, now - Math.max(0, ms)).end(now);
}

/** What surrounds the caller. */
export function activeSpan(): LiveSpan {
  const span = isOn ? trace.getActiveSpan() : undefined;
  return span === undefined ? NO_SPAN : new OpenSpan(span);
}

/** How the active span is named to other processes; absent while there is none. */
export function activeTraceparent(): string | undefined {
  const span = isOn ? trace.getActiveSpan()?.spanContext() : undefined;
  if (span === undefined) return undefined;
  return formatTraceparent({ traceId: span.traceId, spanId: span.spanId, flags: span.traceFlags });
}

/** The same as headers of a request. `tracestate` is a caller’s text and is not told on. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const traceparent = activeTraceparent();
  return traceparent === undefined ? {} : { traceparent };
}

/** What a log line says of the active span. A new object each time: pino writes into it. */
export function traceFields(): Record<string, string> {
  const span = isOn ? trace.getActiveSpan()?.spanContext() : undefined;
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

function begin({ name, kind, attributes = {}, parent }: SpanTerms, startTime?: number): Span {
  const cause = causeOf(parent);
  const creation = trace.getSpanContext(cause);
  // Of messages the conventions want a link as well, wherever a parent is set.
  const links = kind === 'consumer' && creation !== undefined ? [{ context: creation }] : [];
  const options = { kind: KINDS[kind], attributes, links, ...(startTime === undefined ? {} : { startTime }) };
  return trace.getTracer('sluice', VERSION).startSpan(name, options, cause);
}

function causeOf(parent: string | null | undefined): Context {
  if (parent === undefined) return context.active();
  const position = parseTraceparent(parent ?? undefined);
  if (position === null) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = position;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags & 1, isRemote: true });
}

const NAME = /^\w{1,60}$/;

function errorTypeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code;
  return error instanceof Error && NAME.test(error.name) ? error.name : '_OTHER';
}
