import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Health } from './health.js';

@ApiTags('operations')
@Controller('health')
export class HealthController {
  constructor(private readonly health: Health) {}

  @Get()
  @ApiOperation({ summary: 'Redis and workers; 503 when nothing can be accepted.' })
  async summary(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const summary = await this.health.summary();
    if (summary.status === 'unavailable') reply.status(503);
    return summary;
  }

  @Get('liveness')
  @ApiOperation({ summary: 'The process runs; a restart would not help.' })
  liveness(): unknown {
    return { status: 'alive' };
  }

  @Get('readiness')
  @ApiOperation({ summary: 'The process can take requests now.' })
  async readiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const readiness = await this.health.readiness();
    if (readiness.status !== 'ready') reply.status(503).header('retry-after', '1');
    return readiness;
  }
}
