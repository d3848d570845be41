import { mintScalerId } from '#common/contracts/ids.js';
import { listen } from '#common/lifecycle/listen.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import { createLogger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import { openPoolQueues } from '#common/queue/open-pool-queues.js';
import { checkRedis } from '#common/redis/check-redis.js';
import { closeConnections, openConnections } from './connections.js';
import { readDeployment } from './deployment.js';
import { createApp } from './http/create-app.js';
import { ScalerHealth } from './http/scaler-health.js';
import type { ScalerConfig } from './scaler.config.js';
import type { ScalerContext } from './scaler-context.js';
import { Scaling } from './scaling.js';

/** Starts one scaler process and answers the port of its pages. */
export async function startScaler(
  config: ScalerConfig,
  shutdown: Shutdown,
  isPretty: boolean,
): Promise<number> {
  const scalerId = mintScalerId();
  const logger = createLogger({ level: config.logLevel, app: 'scaler', instance: scalerId, isPretty });
  shutdown.reportTo(logger);
  logger.info({ config: config.effective }, 'starting');
  await checkRedis({
    url: config.redisUrl,
    withinMs: 10_000,
    isVolatileAllowed: config.isRedisVolatileAllowed,
  });

  const connections = openConnections(config.redisUrl, scalerId, { logger, shutdown });
  const queues = openPoolQueues([...config.pools.keys()], connections.commands, (error) => {
    logger.debug({ err: error }, 'a queue lost redis');
  });
  const metrics = new Metrics({ app: 'scaler', scaler: scalerId });
  const context: ScalerContext = {
    scalerId,
    deployment: await readDeployment(connections.subscriber),
    config,
    logger,
    shutdown,
    connections,
    queues,
    metrics,
  };
  const scaling = new Scaling(context);
  const health = new ScalerHealth({
    redis: connections.answers,
    shutdown,
    describe: () => scaling.describe(),
    isStuck: () => scaling.isStuck(),
  });
  const app = await createApp(context, health);
  const port = await listen(app, {
    host: config.metricsHost,
    port: config.metricsPort,
    key: 'METRICS_PORT',
    hostKey: 'METRICS_HOST',
  });
  await scaling.start();
  shutdown.on('close-connections', 'http server and redis', async () => {
    await app.close();
    closeConnections(connections);
  });
  logger.info({ port }, 'scaling');
  return port;
}
