import os from 'node:os';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { mintWorkerId } from '#common/contracts/ids.js';
import type { WorkerPresence } from '#common/contracts/worker-presence.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import { listen } from '#common/lifecycle/listen.js';
import { createLogger, NestLogger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import { startTracing } from '#common/observability/start-tracing.js';
import { openPoolQueues } from '#common/queue/open-pool-queues.js';
import { checkRedis } from '#common/redis/check-redis.js';
import { closeConnections, openConnections } from './connections.js';
import { Generating } from './generation/generating.js';
import { WorkerHealth } from './health/worker-health.js';
import { ControlChannel } from './presence/control-channel.js';
import { Cordon } from './presence/cordon.js';
import { OutcomeWindow } from './presence/outcome-window.js';
import { OwnUsage } from './presence/own-usage.js';
import { Presence } from './presence/presence.js';
import { startTelling } from './telling/start-telling.js';
import type { WorkerConfig } from './worker.config.js';
import type { WorkerContext } from './worker-context.js';
import { WorkerModule } from './worker.module.js';

/** Starts one worker process and answers the port of its health and metrics. */
export async function startWorker(
  config: WorkerConfig,
  shutdown: Shutdown,
  isPretty: boolean,
): Promise<number> {
  const workerId = mintWorkerId();
  const isTraced = config.tracing !== null;
  const logger = createLogger({
    level: config.logLevel,
    app: 'worker',
    instance: workerId,
    isPretty,
    isTraced,
  });
  shutdown.reportTo(logger);
  await startTracing(config.tracing, { app: 'worker', instance: workerId, logger, shutdown });
  logger.info({ config: config.effective }, 'starting');
  await checkRedis({
    url: config.redisUrl,
    withinMs: 10_000,
    isVolatileAllowed: config.isRedisVolatileAllowed,
  });

  const connections = openConnections(config.redisUrl, workerId, { logger, shutdown });
  const queues = openPoolQueues(config.pools, connections.readings, (error) => {
    logger.debug({ err: error }, 'a queue lost redis');
  });
  const context: WorkerContext = {
    workerId,
    config,
    logger,
    shutdown,
    connections,
    queues,
    metrics: new Metrics({ app: 'worker', worker: workerId, pool: config.pool }),
    cordon: new Cordon(),
    outcomes: new OutcomeWindow(),
  };
  const generating = config.roles.includes('generate') ? new Generating(context) : null;
  const usage = new OwnUsage();
  const describe = describing(context, generating, usage);
  const presence = new Presence({
    redis: connections.readings,
    describe: () => describe(port),
    cordon: context.cordon,
    usage,
    logger,
  });
  const app = await createApp(context, () => describe(port), generating);
  const port = await listen(app, {
    host: config.metricsHost,
    port: config.metricsPort,
    key: 'METRICS_PORT',
    hostKey: 'METRICS_HOST',
  });

  if (config.roles.includes('tell') && config.databaseUrl !== null) startTelling(context, config.databaseUrl);
  await new ControlChannel(workerId, connections.subscriber, logger).start({
    abandon: (jobId) => generating?.abandon(jobId),
    look: () => void presence.beat(),
  });
  await generating?.start();
  await presence.start();
  shutdown.on('stop-intake', 'presence', () => presence.beat());
  shutdown.on('close-connections', 'presence, http server and redis', async () => {
    await presence.stop().catch(() => undefined);
    await app.close();
    closeConnections(connections);
  });
  logger.info({ port }, 'working');
  return port;
}

function describing(
  { workerId, config, shutdown, cordon, outcomes }: WorkerContext,
  generating: Generating | null,
  usage: OwnUsage,
): (port: number) => WorkerPresence {
  const born_ms = Date.now();
  return (port) => ({
    id: workerId,
    pool: config.pool,
    roles: [...config.roles],
    state: shutdown.isStopping ? 'draining' : cordon.isCordoned ? 'cordoned' : 'ready',
    slots: generating === null ? 0 : config.slots,
    active: generating?.active ?? 0,
    host: os.hostname(),
    pid: process.pid,
    metrics_port: port,
    born_ms,
    instance: config.instance,
    cpu: usage.cpu,
    memory: usage.memory,
    outcomes: outcomes.read(),
    backends: generating?.backends() ?? [],
  });
}

async function createApp(
  context: WorkerContext,
  describe: () => WorkerPresence,
  generating: Generating | null,
): Promise<NestFastifyApplication> {
  const { connections, shutdown, logger } = context;
  const watchdog = generating?.watchdog ?? null;
  const health = new WorkerHealth({ redis: connections.readings, shutdown, describe, watchdog });
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.with(context, health, generating),
    new FastifyAdapter({ bodyLimit: 1_024, forceCloseConnections: true }),
    { logger: new NestLogger(logger), abortOnError: false },
  );
  return app;
}
