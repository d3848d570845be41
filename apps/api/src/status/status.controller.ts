import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { onRedis } from '../http/redis-trouble.js';
import { SystemStatus } from './system-status.js';

@ApiTags('operations')
@Controller('status')
export class StatusController {
  constructor(private readonly status: SystemStatus) {}

  @Get()
  read(): Promise<unknown> {
    return onRedis(this.status.read());
  }
}
