import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { context, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activeTraceparent, switchTracingOn, traced, untraced } from './tracing.js';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  switchTracingOn();
});
afterAll(() => {
  context.disable();
  trace.disable();
});

const later = async (): Promise<string | undefined> => {
  await new Promise(setImmediate);
  return activeTraceparent();
};

describe('work that is not to be traced', () => {
  it('has no active span, nor has what it awaits, and whoever began it keeps its own', async () => {
    await traced({ name: 'request', kind: 'server' }, async () => {
      const own = activeTraceparent();
      expect(own).toBeDefined();
      expect(await later()).toBe(own);
      expect(await untraced(later)).toBeUndefined();
      expect(activeTraceparent()).toBe(own);
    });
  });
});
