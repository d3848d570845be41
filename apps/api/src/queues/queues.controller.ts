import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { onRedis } from '#common/redis/on-redis.js';
import { ApiConfig } from '../api.config.js';
import { poolOf } from '../pools/pool-views.js';
import { ManageQueues } from './manage-queues.js';
import { PurgeQueue } from './purge-queue.js';
import {
  type Purged,
  purged,
  type QueueList,
  queueList,
  type QueueView,
  queueView,
} from './queues.schema.js';

@ApiTags('administration')
@ApiBearerAuth()
@Controller('admin/queues')
export class QueuesController {
  constructor(
    private readonly config: ApiConfig,
    private readonly manage: ManageQueues,
    private readonly purgeQueue: PurgeQueue,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The pools’ queues: what waits, runs and is dead, and whether they are paused.' })
  @ApiResponse({ status: 200, standardSchema: queueList })
  async list(): Promise<QueueList> {
    return { queues: await onRedis(this.manage.list()) };
  }

  @Get(':pool')
  @ApiOperation({ summary: 'One pool’s queue.' })
  @ApiResponse({ status: 200, standardSchema: queueView })
  view(@Param('pool') pool: string): Promise<QueueView> {
    poolOf(this.config.pools, pool);
    return onRedis(this.manage.view(pool));
  }

  @Post(':pool/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Workers take nothing more from it; running jobs go on, new ones wait.' })
  @ApiResponse({ status: 200, standardSchema: queueView })
  pause(@Param('pool') pool: string): Promise<QueueView> {
    poolOf(this.config.pools, pool);
    return onRedis(this.manage.pause(pool));
  }

  @Post(':pool/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Workers take jobs from it again.' })
  @ApiResponse({ status: 200, standardSchema: queueView })
  resume(@Param('pool') pool: string): Promise<QueueView> {
    poolOf(this.config.pools, pool);
    return onRedis(this.manage.resume(pool));
  }

  @Post(':pool/purge')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancels jobs that wait, 1,000 of them at a call; their callers are told.' })
  @ApiResponse({ status: 200, standardSchema: purged })
  purge(@Param('pool') pool: string): Promise<Purged> {
    poolOf(this.config.pools, pool);
    return onRedis(this.purgeQueue.execute(pool));
  }
}
