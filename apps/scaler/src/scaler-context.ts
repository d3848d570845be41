import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { ScalerConnections } from './connections.js';
import type { ScalerConfig } from './scaler.config.js';

/** What start-scaler.ts makes before Nest starts. */
export interface ScalerContext {
  readonly scalerId: string;
  /** The id of this Sluice, which all its scalers know. */
  readonly deployment: string;
  readonly config: ScalerConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly connections: ScalerConnections;
  readonly queues: PoolQueues;
}
