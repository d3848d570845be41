import { eventually } from './eventually.js';
import type { OtlpCollector, SeenSpan } from './otlp-collector.js';

/** Whatever a caller writes besides its prompt. */
export const CALLER = 'canary-caller-77aa';
export const CALLERS_SPAN = 'b7ad6b7169203331';

let traces = 0;
/** The id of a new trace of a caller. */
export const newTrace = (): string => `0af7651916cd43dd8448eb21${(++traces).toString(16).padStart(8, '0')}`;

/** The headers of a caller within its trace, who writes something into every field there is. */
export const calledIn = (trace: string, flags = '01'): Record<string, string> => ({
  traceparent: `00-${trace}-${CALLERS_SPAN}-${flags}`,
  tracestate: `canary=${CALLER}`,
  'x-user-id': CALLER,
  'x-request-id': CALLER,
  'user-agent': CALLER,
});

/** The spans of a trace, once so many of each of these names have come. */
export const spansIn = (
  collector: OtlpCollector,
  trace: string,
  names: readonly string[],
  count = 1,
): Promise<SeenSpan[]> =>
  eventually(
    `${count} of each of ${names.join(', ')}`,
    () => {
      const spans = collector.trace(trace);
      return names.every((name) => all(spans, name).length >= count) ? spans : null;
    },
    { withinMs: 15_000 },
  );

export function named(spans: readonly SeenSpan[], name: string): SeenSpan {
  const span = spans.find((each) => each.name === name);
  if (span === undefined) throw new Error(`no span ${name} among ${spans.map((each) => each.name).join()}`);
  return span;
}

/** All of a name, the earliest first. */
export const all = (spans: readonly SeenSpan[], name: string): SeenSpan[] =>
  spans.filter((span) => span.name === name).sort((left, right) => left.startMs - right.startMs);
