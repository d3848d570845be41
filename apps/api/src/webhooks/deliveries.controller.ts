import { Body, Controller, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LimitHeaders } from '../admission/limit-headers.interceptor.js';
import { Caller, Needs } from '../identity/caller.guard.js';
import type { Identity } from '../identity/identity.js';
import {
  type DeliveryDetail,
  deliveryDetail,
  type DeliveryList,
  deliveryList,
  type DeliveryQuery,
  deliveryQuery,
  type ReplayedMany,
  replayedMany,
  type ReplayedOne,
  replayedOne,
  type ReplayRequest,
  replayRequest,
} from './deliveries.schema.js';
import { OwnDeliveries } from './own-deliveries.js';
import { ReplayDeliveries } from './replay-deliveries.js';

@ApiTags('webhooks')
@Controller('webhooks/deliveries')
@UseInterceptors(LimitHeaders)
export class DeliveriesController {
  constructor(
    private readonly deliveries: OwnDeliveries,
    private readonly replays: ReplayDeliveries,
  ) {}

  @Get()
  @Needs('webhooks')
  @ApiOperation({ summary: 'What you were told in the last 30 days, newest first.' })
  @ApiResponse({ status: 200, standardSchema: deliveryList })
  list(
    @Query({ schema: deliveryQuery }) query: DeliveryQuery,
    @Caller() { tenant }: Identity,
  ): Promise<DeliveryList> {
    return this.deliveries.list(tenant, query);
  }

  @Get(':id')
  @Needs('webhooks')
  @ApiOperation({ summary: 'One delivery with its body and its attempts.' })
  @ApiResponse({ status: 200, standardSchema: deliveryDetail })
  read(@Param('id') id: string, @Caller() { tenant }: Identity): Promise<DeliveryDetail> {
    return this.deliveries.read(tenant, id);
  }

  @Post('replay')
  @HttpCode(202)
  @Needs('webhooks')
  @ApiOperation({ summary: 'Sends the deliveries of a time again, at most 1,000 a call.' })
  @ApiResponse({ status: 202, standardSchema: replayedMany })
  replayMany(
    @Body({ schema: replayRequest }) asked: ReplayRequest,
    @Caller() { tenant }: Identity,
  ): Promise<ReplayedMany> {
    return this.replays.many(tenant, asked);
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Needs('webhooks')
  @ApiOperation({ summary: 'Sends a delivery again: the same bytes under the same webhook-id.' })
  @ApiResponse({ status: 202, standardSchema: replayedOne })
  replay(@Param('id') id: string, @Caller() { tenant }: Identity): Promise<ReplayedOne> {
    return this.replays.one(tenant, id);
  }
}
