import { randomBytes } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { openPrisma } from '#common/database/prisma.js';
import { listen } from '#common/lifecycle/listen.js';
import type { Shutdown } from '#common/lifecycle/shutdown.js';
import { createLogger, type Logger, NestLogger } from '#common/observability/logger.js';
import { Metrics } from '#common/observability/metrics.js';
import { startTracing } from '#common/observability/start-tracing.js';
import { checkRedis } from '#common/redis/check-redis.js';
import { failFastConnection, patientConnection } from '#common/redis/connections.js';
import { openPoolQueues } from '#common/queue/open-pool-queues.js';
import { WebhookQueue } from '#common/queue/webhook-queue.js';
import { VERSION } from '#common/version.js';
import { AdminAccess } from './admin/admin-access.js';
import { AdminAudit } from './admin/admin-audit.js';
import { addAdminHooks } from './admin/admin-hooks.js';
import { acceptSignInForm } from './admin/sign-in-form.js';
import { Withdrawals } from './admission/withdrawals.js';
import type { ApiConfig } from './api.config.js';
import type { ApiContext } from './api-context.js';
import { ApiModule } from './api.module.js';
import { RegistryProjection } from './backends/registry-projection.js';
import { mountBoard } from './board/board.js';
import { BoardDeeds } from './board/board-deeds.js';
import { PageFiles } from './dashboard/page-files.js';
import { serveDocs } from './docs/openapi.js';
import { Feeders } from './batches/feeders.js';
import { ExpiredFiles } from './files/expired-files.js';
import { limitBodyTime, REQUEST_MS_MAX } from './http/body-deadline.js';
import { ErrorFilter } from './http/error.filter.js';
import { addHooks, answerPreflights } from './http/hooks.js';
import { InFlight } from './http/in-flight.js';
import { answerMalformed, ignoreExpectations } from './http/malformed.js';
import { acceptJsonOnly, BODY_BYTES_MAX } from './http/json-body.js';
import { acceptUploads } from './http/multipart.js';
import { requestIdOf } from './http/request-id.js';
import { schemaPipe } from './http/schema.pipe.js';
import { traceRequests } from './http/trace-requests.js';
import { PoolPaces } from './jobs/pool-paces.js';
import { KeyDirectory } from './identity/key-directory.js';
import { Waiting } from './waiting/waiting.js';
import { WebhookProjection } from './webhooks/webhook-projection.js';

/** After this a stopping process answers 202 to whoever still waits; the jobs go on. */
const ANSWER_WITHIN_MS = 25_000;
/** PostgreSQL is asked for keys that are not known yet, and by admin routes. */
const DATABASE_CONNECTIONS_MAX = 4;
/** An identifier with 200 characters of a caller's own, each of them percent-encoded, is shorter. */
const PATH_PART_MAX = 1_000;

/** Starts one API process and answers its port. Everything it holds is given back by `shutdown`. */
export async function startApi(config: ApiConfig, shutdown: Shutdown, isPretty: boolean): Promise<number> {
  const apiId = `api-${randomBytes(5).toString('hex')}`;
  const isTraced = config.tracing !== null;
  const logger = createLogger({ level: config.logLevel, app: 'api', instance: apiId, isPretty, isTraced });
  shutdown.reportTo(logger);
  await startTracing(config.tracing, { app: 'api', instance: apiId, logger, shutdown });
  logger.info({ config: config.effective }, 'starting');
  await checkRedis({
    url: config.redisUrl,
    withinMs: 10_000,
    isVolatileAllowed: config.isRedisVolatileAllowed,
  });

  const context = connect(apiId, config, { logger, shutdown });
  const { app, inFlight } = await createApp(context);
  const waiting = app.get(Waiting);
  await waiting.start();
  app.get(PoolPaces).start();
  app.get(KeyDirectory).start();
  app.get(RegistryProjection).start();
  app.get(WebhookProjection).start();
  app.get(ExpiredFiles).start();
  await app.get(Feeders).start();
  const port = await listen(app, { host: config.host, port: config.port, key: 'PORT', hostKey: 'HOST' });

  shutdown.on('stop-intake', 'waiting requests', () => {
    waiting.stop(ANSWER_WITHIN_MS);
  });
  shutdown.on('stop-intake', 'batches', () => app.get(Feeders).stop());
  shutdown.on('stop-intake', 'http server', () => close(app, inFlight), ANSWER_WITHIN_MS + 5_000);
  shutdown.on('close-connections', 'database', () => context.prisma?.$disconnect());
  shutdown.on('close-connections', 'redis', () => {
    app.get(Withdrawals).stop();
    app.get(PoolPaces).stop();
    app.get(KeyDirectory).stop();
    app.get(RegistryProjection).stop();
    app.get(WebhookProjection).stop();
    app.get(ExpiredFiles).stop();
    context.producer.disconnect();
    context.subscriber.disconnect();
  });
  logger.info({ port }, 'listening');
  return port;
}

function connect(
  apiId: string,
  config: ApiConfig,
  { logger, shutdown }: { logger: Logger; shutdown: Shutdown },
): ApiContext {
  const producer = failFastConnection(config.redisUrl, `${apiId}-producer`);
  const subscriber = patientConnection(config.redisUrl, `${apiId}-subscriber`);
  for (const [name, redis] of Object.entries({ producer, subscriber })) {
    redis.on('error', (error: Error) => {
      logger.debug({ connection: name, err: error }, 'redis');
    });
    redis.on('close', () => {
      if (!shutdown.isStopping) logger.warn({ connection: name }, 'the connection to redis was lost');
    });
  }
  const onQueueError = (error: Error): void => {
    logger.debug({ err: error }, 'a queue lost redis');
  };
  const queues = openPoolQueues(Object.keys(config.pools), producer, onQueueError);
  return {
    apiId,
    config,
    logger,
    prisma: config.databaseUrl === null ? null : openPrisma(config.databaseUrl, DATABASE_CONNECTIONS_MAX),
    shutdown,
    producer,
    subscriber,
    queues,
    webhooks: new WebhookQueue(producer, onQueueError),
    metrics: new Metrics({ app: 'api' }),
  };
}

async function createApp(context: ApiContext): Promise<{ app: NestFastifyApplication; inFlight: InFlight }> {
  const { config, logger, shutdown } = context;
  const errors = new ErrorFilter(logger);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    keepAliveTimeout: 65_000,
    // Node would answer a request without a host by itself, without a body; our hook refuses it.
    http: { headersTimeout: 10_000, requireHostHeader: false },
    genReqId: requestIdOf,
    return503OnClosing: false,
    routerOptions: { maxParamLength: PATH_PART_MAX },
    clientErrorHandler: answerMalformed,
    // Thrown before there is a route: no hook runs for it.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      errors.answer(error, request, reply.header('x-request-id', request.id));
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(context), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  ignoreExpectations(fastify.server);
  traceRequests(fastify);
  const inFlight = new InFlight(fastify);
  acceptJsonOnly(fastify);
  acceptSignInForm(fastify);
  await acceptUploads(fastify);
  limitBodyTime(fastify.server);
  addHooks(fastify, logger, shutdown);
  answerPreflights(fastify, errors);
  app.useGlobalFilters(errors);
  app.useGlobalPipes(schemaPipe);
  addAdminHooks(fastify, { access: app.get(AdminAccess), audit: app.get(AdminAudit), errors });
  await mountBoard(fastify, context.queues, context.webhooks, {
    isWritable: config.isBoardWritable,
    deeds: app.get(BoardDeeds),
  });
  await app.get(PageFiles).serve(fastify);
  serveDocs(app, VERSION);
  await app.init();
  return { app, inFlight };
}

/** A connection on which no request ever came is not idle to Node: without the last step it would hold the server open. */
async function close(app: NestFastifyApplication, inFlight: InFlight): Promise<void> {
  const closed = app.close();
  await inFlight.none();
  app.getHttpServer().closeAllConnections();
  await closed;
}
