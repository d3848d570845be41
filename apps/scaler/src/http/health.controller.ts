import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Metrics } from '#common/observability/metrics.js';
import { ScalerHealth } from './scaler-health.js';

@Controller()
export class HealthController {
  constructor(
    private readonly health: ScalerHealth,
    private readonly metrics: Metrics,
  ) {}

  @Get('health')
  async summary(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const summary = await this.health.summary();
    if (summary.status === 'unavailable') reply.status(503);
    return summary;
  }

  /** Fails for a scaler that would work again after a restart. */
  @Get('health/liveness')
  liveness(@Res({ passthrough: true }) reply: FastifyReply): unknown {
    const isStuck = this.health.isStuck();
    if (isStuck) reply.status(503);
    return { status: isStuck ? 'stuck' : 'alive' };
  }

  @Get('health/readiness')
  async readiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const readiness = await this.health.readiness();
    if (readiness.status !== 'ready') reply.status(503);
    return readiness;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
