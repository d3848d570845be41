import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger } from '#common/observability/logger.js';
import { mintRequestId } from '#common/contracts/ids.js';
import type { ScalerContext } from '../scaler-context.js';
import { ScalerModule } from '../scaler.module.js';
import { guardHooks } from './hook-access.js';
import { BODY_BYTES_MAX, ScalerErrorFilter } from './scaler-error.filter.js';
import type { ScalerHealth } from './scaler-health.js';

/** A scaler's pages: health, metrics, what is wanted and why, and the hook of alerts. */
export async function createApp(
  context: ScalerContext,
  health: ScalerHealth,
): Promise<NestFastifyApplication> {
  const { config, logger } = context;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    genReqId: mintRequestId,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ScalerModule.with(context, health), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  guardHooks(adapter.getInstance(), config.hookToken);
  app.useGlobalFilters(new ScalerErrorFilter(logger));
  await app.init();
  return app;
}
