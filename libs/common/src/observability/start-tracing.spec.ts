import { describe, expect, it, jest } from '@jest/globals';
import { Shutdown } from '#common/lifecycle/shutdown.js';
import { createLogger } from './logger.js';
import { NO_SPAN } from './live-span.js';
import { activeSpan, activeTraceparent, isTracing, traced, traceFields, traceHeaders } from './tracing.js';

const load = jest.fn();
jest.unstable_mockModule('./tracing-sdk.js', () => {
  load();
  return { registerSdk: () => ({ shutdown: async () => undefined }) };
});
const { startTracing } = await import('./start-tracing.js');

const process = {
  app: 'api' as const,
  instance: 'api-1',
  logger: createLogger({ level: 'silent', app: 'api', instance: 'api-1', isPretty: false }),
  shutdown: new Shutdown(),
};

describe('without an endpoint', () => {
  it('OpenTelemetry’s SDK is not loaded', async () => {
    await startTracing(null, process);
    expect(load).not.toHaveBeenCalled();
    expect(isTracing()).toBe(false);
  });

  it('work goes on as if nothing were around it', async () => {
    const heard = await traced({ name: 'x', kind: 'internal' }, async (span) => {
      span.failed('x');
      return [span, activeSpan(), activeTraceparent(), traceHeaders(), traceFields()];
    });
    expect(heard).toEqual([NO_SPAN, NO_SPAN, undefined, {}, {}]);
  });
});

describe('with an endpoint', () => {
  it('it is loaded once and spans are recorded from then on', async () => {
    await startTracing('http/json', process);
    expect(load).toHaveBeenCalledTimes(1);
    expect(isTracing()).toBe(true);
  });
});
