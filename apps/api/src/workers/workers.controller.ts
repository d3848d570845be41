import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { onRedis } from '#common/redis/on-redis.js';
import { ManageWorkers } from './manage-workers.js';
import {
  type DrainOrder,
  drainOrder,
  ordered,
  type Ordered,
  workerList,
  type WorkerList,
} from './workers.schema.js';

@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin/workers')
export class WorkersController {
  constructor(private readonly manage: ManageWorkers) {}

  @Get()
  @ApiOperation({ summary: 'The workers that live, what they do and how they are.' })
  @ApiResponse({ status: 200, standardSchema: workerList })
  async list(): Promise<WorkerList> {
    return { workers: await onRedis(this.manage.list()) };
  }

  @Post(':id/drain')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Within 2 s the worker takes no more jobs, for a day or so many minutes; running ones go on.',
  })
  @ApiResponse({ status: 200, standardSchema: ordered })
  async drain(
    @Param('id') id: string,
    @Body({ schema: drainOrder }) { minutes }: DrainOrder,
  ): Promise<Ordered> {
    await onRedis(this.manage.drain(id, Math.ceil(minutes * 60_000)));
    return { message: `Worker ${id} takes no more jobs for ${minutes} min` };
  }

  @Post(':id/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'The worker takes jobs again, unless the scaler wants it to leave.' })
  @ApiResponse({ status: 200, standardSchema: ordered })
  async resume(@Param('id') id: string): Promise<Ordered> {
    await onRedis(this.manage.resume(id));
    return { message: `Worker ${id} is no longer drained by an administrator` };
  }
}
