import type { Provider } from '@nestjs/common';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { WorkerOrders } from '#common/presence/worker-orders.js';
import { ExplainPool } from '#common/scaling/explain-pool.js';
import { ConditionReader } from './backends/condition.reader.js';
import { ConfiguredList } from './backends/configured-list.js';
import { FleetBackends } from './backends/fleet-backends.js';
import { ManageBackends } from './backends/manage-backends.js';
import { ManageRoutes } from './backends/manage-routes.js';
import { RegistryLedger } from './backends/registry.ledger.js';
import { RegistryProjection } from './backends/registry-projection.js';
import { RegistryReader } from './backends/registry.reader.js';
import { AdaptiveFactors } from './status/adaptive-factors.js';
import { BackendGauges } from './status/backend-gauges.js';
import { DecisionsReader } from './pools/decisions.reader.js';
import { OrderScale } from './pools/order-scale.js';
import { PoolViews } from './pools/pool-views.js';
import { ScalerStatus } from './status/scaler-status.js';
import { SystemStatus } from './status/system-status.js';
import { ManageWorkers } from './workers/manage-workers.js';
import type { ApiContext } from './api-context.js';

/** Backends, routes and workers, as administrators see and change them. */
export function backendStories({
  config,
  logger,
  metrics,
  producer,
  queues,
  prisma,
}: ApiContext): Provider[] {
  const ledger = prisma === null ? null : new RegistryLedger(prisma);
  const projection = new RegistryProjection({ ledger, redis: producer, logger });
  const reader = new RegistryReader(producer);
  const configured = new ConfiguredList(config.backends);
  const workers = new WorkerDirectory(producer);
  const condition = new ConditionReader(producer);
  const fleet = new FleetBackends({ configured, registry: reader, workers, condition });
  const { allowedHosts, routes } = config;
  return [
    projection,
    fleet,
    new BackendGauges(fleet, metrics),
    new SystemStatus(producer, queues, workers, {
      adaptive: new AdaptiveFactors(producer),
      fleet,
      scaler: new ScalerStatus(producer, queues.pools),
    }),
    new ManageBackends({ ledger, projection, configured, allowedHosts }),
    new ManageRoutes({ ledger, projection, reader, configured: routes }),
    new ManageWorkers(workers, new WorkerOrders(producer)),
  ].map((story) => ({ provide: story.constructor, useValue: story }));
}

/** Pools and their scaler, as administrators see and order them. */
export function poolStories({ config, producer }: ApiContext): Provider[] {
  return [
    new PoolViews(producer, config.pools),
    new OrderScale(producer, config.pools),
    new ExplainPool(producer),
    new DecisionsReader(producer),
  ].map((story) => ({ provide: story.constructor, useValue: story }));
}
