import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { onRedis } from '#common/redis/on-redis.js';
import { SystemStatus } from './system-status.js';

@ApiTags('operations')
@Controller('status')
export class StatusController {
  constructor(private readonly status: SystemStatus) {}

  @Get()
  @ApiOperation({
    summary:
      'The last five minutes, queues, workers and backends; latencies are estimates, exact to a quarter.',
  })
  read(): Promise<unknown> {
    return onRedis(this.status.read());
  }
}
