import type { TracingProtocol } from '#common/config/tracing.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { Logger } from './logger.js';
import { switchTracingOn } from './tracing.js';

/** What is not exported by then is lost, in milliseconds: a collector that is away does not hold up a stop. */
const FLUSH_WITHIN_MS = 3_000;

export interface TracedProcess {
  readonly app: 'api' | 'worker';
  readonly instance: string;
  readonly logger: Logger;
  readonly shutdown: Shutdown;
}

/** Records spans from here on, unless `protocol` is null: then OpenTelemetry’s SDK is not even loaded. */
export async function startTracing(
  protocol: TracingProtocol | null,
  { app, instance, logger, shutdown }: TracedProcess,
): Promise<void> {
  if (protocol === null) return;
  const { registerSdk } = await import('./tracing-sdk.js');
  const provider = registerSdk({ protocol, app, instance, logger });
  switchTracingOn();
  shutdown.on('flush-records', 'traces', () => provider.shutdown(), FLUSH_WITHIN_MS);
}
