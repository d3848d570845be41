import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** What is known of a span: ids of ours, numbers and words of few values. No text of a caller’s or a backend’s. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[] | undefined>>;

/** A span that has begun and not ended. */
export interface LiveSpan {
  set(attributes: SpanAttributes): void;
  event(name: string, attributes?: SpanAttributes): void;
  /** What it stands for went wrong. `type` is a word of few values, for `error.type`. */
  failed(type: string): void;
}

/** While nothing is traced. */
const nothing = (): void => undefined;
export const NO_SPAN: LiveSpan = { set: nothing, event: nothing, failed: nothing };

/** A span of OpenTelemetry’s, in our words. */
export class OpenSpan implements LiveSpan {
  constructor(private readonly span: Span) {}

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  event(name: string, attributes: SpanAttributes = {}): void {
    // Unlike a span's, undefined ones would be exported.
    const known = Object.entries(attributes).filter(([, value]) => value !== undefined);
    this.span.addEvent(name, Object.fromEntries(known));
  }

  failed(type: string): void {
    this.span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
  }

  /** It is the active span of `work`, and of whatever `work` awaits. */
  run<T>(work: () => T): T {
    return context.with(trace.setSpan(context.active(), this.span), work);
  }

  /** `atMs` in Unix milliseconds; now unless given. */
  end(atMs?: number): void {
    this.span.end(atMs);
  }
}
