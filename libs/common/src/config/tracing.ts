import { z } from 'zod';

/** How spans are sent: OTLP over HTTP, in one of these encodings. */
export const TRACING_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type TracingProtocol = (typeof TRACING_PROTOCOLS)[number];

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const endpoint = z.url({ protocol: /^https?$/ });

/**
 * OpenTelemetry’s own keys (specification 1.59, "Environment Variable Specification" and "OTLP Exporter Configuration"). They are
 * read by its SDK; here they are only checked, so that a slip is not found out by missing traces.
 */
export const tracingKeys = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(TRACING_PROTOCOLS).default('http/protobuf'),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_SDK_DISABLED: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(false),
};

interface TracingEnvironment {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_PROTOCOL: TracingProtocol;
  readonly OTEL_SDK_DISABLED: boolean;
}

/** Null: nothing is traced, because nobody said where to. */
export function tracingOf(environment: TracingEnvironment): TracingProtocol | null {
  const to = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (to === undefined || environment.OTEL_SDK_DISABLED) return null;
  return environment.OTEL_EXPORTER_OTLP_PROTOCOL;
}
