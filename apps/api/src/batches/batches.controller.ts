import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import {
  batchList,
  type BatchList,
  batchQuery,
  type BatchQuery,
  batchView,
  type BatchView,
  newBatch,
  type NewBatch,
} from './batch.schema.js';
import { ManageBatches } from './manage-batches.js';

/** OpenAI's Batch API. */
@ApiTags('batches')
@Controller('v1/batches')
export class BatchesController {
  constructor(private readonly batches: ManageBatches) {}

  @Post()
  @HttpCode(200)
  @Needs('generate')
  @ApiOperation({ summary: 'Begins a batch: every line of an uploaded file becomes a job of low priority.' })
  @ApiResponse({ status: 200, standardSchema: batchView })
  create(
    @Body({ schema: newBatch }) body: NewBatch,
    @Caller() caller: Identity,
    @Req() request: FastifyRequest,
  ): Promise<BatchView> {
    return this.batches.create(body, { caller, requestId: request.id });
  }

  @Get()
  @Needs('jobs:read')
  @ApiOperation({ summary: 'Your own batches, newest first.' })
  @ApiResponse({ status: 200, standardSchema: batchList })
  list(@Query({ schema: batchQuery }) query: BatchQuery, @Caller() caller: Identity): Promise<BatchList> {
    return this.batches.list(caller.tenant, query);
  }

  @Get(':id')
  @Needs('jobs:read')
  @ApiOperation({ summary: 'A batch, with what is done of it.' })
  @ApiResponse({ status: 200, standardSchema: batchView })
  read(@Param('id') id: string, @Caller() caller: Identity): Promise<BatchView> {
    return this.batches.read(caller.tenant, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('generate')
  @ApiOperation({ summary: 'Cancels a batch; what is done of it is kept.' })
  @ApiResponse({ status: 200, standardSchema: batchView })
  @ApiResponse({ status: 409, description: 'The batch has ended.' })
  cancel(@Param('id') id: string, @Caller() caller: Identity): Promise<BatchView> {
    return this.batches.cancel(caller.tenant, id);
  }
}
