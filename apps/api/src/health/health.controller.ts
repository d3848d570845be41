import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get()
  async summary(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const summary = await this.health.summary();
    if (summary.status === 'unavailable') reply.status(503);
    return summary;
  }

  /** The process runs; a restart would not help. */
  @Get('liveness')
  liveness(): unknown {
    return { status: 'alive' };
  }

  /** The process can take requests now. */
  @Get('readiness')
  async readiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const readiness = await this.health.readiness();
    if (readiness.status !== 'ready') reply.status(503).header('retry-after', '1');
    return readiness;
  }
}
