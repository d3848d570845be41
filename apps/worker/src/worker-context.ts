import type { Shutdown } from '#common/lifecycle/shutdown.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { WorkerConnections } from './connections.js';
import type { Cordon } from './presence/cordon.js';
import type { OutcomeWindow } from './presence/outcome-window.js';
import type { WorkerConfig } from './worker.config.js';

/** What start-worker.ts makes before Nest starts. */
export interface WorkerContext {
  readonly workerId: string;
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly connections: WorkerConnections;
  readonly queues: PoolQueues;
  readonly cordon: Cordon;
  /** For the heartbeat. */
  readonly outcomes: OutcomeWindow;
}
