import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { switchTracingOn } from '#common/observability/tracing.js';

/** The spans of this process that have ended. From its beginning on, everything in its test file is traced. */
export class RecordedSpans {
  private readonly exporter = new InMemorySpanExporter();

  constructor() {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.exporter)] }),
    );
    switchTracingOn();
  }

  forget(): void {
    this.exporter.reset();
  }

  all(name: string): ReadableSpan[] {
    return this.exporter.getFinishedSpans().filter((span) => span.name === name);
  }

  end(): void {
    context.disable();
    trace.disable();
  }
}
