import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.js';

type OnResult = Parameters<SpanExporter['export']>[1];

/** Says once that spans cannot be exported, and once that they can again. */
export class ReportedExporter implements SpanExporter {
  private isFailing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  export(spans: ReadableSpan[], onResult: OnResult): void {
    this.exporter.export(spans, (result) => {
      // A batch is sent from within whatever span was active when it began to fill.
      context.with(ROOT_CONTEXT, () => {
        this.report(result.error);
      });
      onResult(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  private report(error: Error | undefined): void {
    const isFailing = error !== undefined;
    if (isFailing === this.isFailing) return;
    this.isFailing = isFailing;
    if (isFailing) this.logger.warn({ err: error }, 'traces cannot be exported; they are dropped');
    else this.logger.info('traces are exported again');
  }
}
