import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TracingProtocol } from '#common/config/tracing.js';
import { VERSION } from '#common/version.js';
import type { Logger } from './logger.js';
import { ReportedExporter } from './reported-exporter.js';

export interface SdkTerms {
  readonly protocol: TracingProtocol;
  readonly app: 'api' | 'worker';
  readonly instance: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * The only file that knows OpenTelemetry’s SDK, loaded only when something is traced. The SDK itself reads from the environment
 * where spans go (OTEL_EXPORTER_OTLP_*), which ones (OTEL_TRACES_SAMPLER), how many wait (OTEL_BSP_*) and who sends them
 * (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES).
 */
export function registerSdk({ protocol, app, instance, logger }: SdkTerms): BasicTracerProvider {
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': `sluice-${app}`,
          'service.version': VERSION,
          'service.instance.id': instance,
        }),
      )
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new ReportedExporter(exporter, logger))],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return provider;
}
