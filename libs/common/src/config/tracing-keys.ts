import type { EnvironmentKey } from './environment-key.js';

/** OpenTelemetry’s own, as far as they are checked at start. */
export const TRACING_KEYS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    for: 'Tracing',
    example: 'http://127.0.0.1:4318',
    sentence:
      'Where API and workers send traces (OTLP over HTTP); /v1/traces is appended. Without a value nothing is traced.',
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    for: 'Tracing',
    example: 'http://127.0.0.1:4318/v1/traces',
    sentence: 'The same as a whole URL; stronger than OTEL_EXPORTER_OTLP_ENDPOINT.',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    for: 'Tracing',
    example: '',
    sentence: 'Headers of what is sent there, such as authorization=Bearer%20…, separated by commas.',
    isSecret: true,
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    for: 'Tracing',
    example: 'http/protobuf',
    sentence: 'How it is encoded: http/protobuf or http/json.',
  },
  OTEL_TRACES_SAMPLER: {
    for: 'Tracing',
    example: 'parentbased_always_on',
    sentence:
      'Which traces are recorded: always_on, always_off, traceidratio, or parentbased_ before one of them, where a caller’s traceparent decides.',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    for: 'Tracing',
    example: '0.1',
    sentence: 'The part of all traces that traceidratio and parentbased_traceidratio record, 0 to 1.',
  },
  OTEL_SERVICE_NAME: {
    for: 'Tracing',
    example: '',
    sentence: 'The service that spans belong to; sluice-api and sluice-worker unless it is set.',
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    for: 'Tracing',
    example: 'deployment.environment.name=production',
    sentence: 'What else is said of the process that sends them: key=value, separated by commas.',
  },
  OTEL_SDK_DISABLED: {
    for: 'Tracing',
    example: 'false',
    sentence: 'true: nothing is traced, whatever else is set.',
  },
} as const satisfies Record<string, EnvironmentKey>;
