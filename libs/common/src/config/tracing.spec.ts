import { describe, expect, it } from '@jest/globals';
import { apiEnvironment } from './environment.js';
import { maskedEnvironment } from './load-config.js';
import { tracingOf } from './tracing.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const tracing = (env: Record<string, string>) => tracingOf(apiEnvironment.parse(env));

describe('tracing', () => {
  it('is off unless somebody says where to', () => {
    expect(tracing({ OTEL_TRACES_SAMPLER: 'always_on', OTEL_SERVICE_NAME: 'sluice' })).toBeNull();
    expect(tracing(ENDPOINT)).toBe('http/protobuf');
    expect(tracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' })).toBe(
      'http/protobuf',
    );
  });

  it('is off where OTEL_SDK_DISABLED says so', () => {
    expect(tracing({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeNull();
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '10%'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ])('does not begin with a wrong %s: %s', (name, value) => {
    const { error } = apiEnvironment.safeParse({ ...ENDPOINT, [name]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
  });

  it('shows neither headers nor a password in the boot log', () => {
    const shown = maskedEnvironment({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://user:canary@collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary',
    });
    expect(JSON.stringify(shown)).not.toContain('canary');
  });
});
